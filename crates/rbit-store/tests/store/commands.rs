//! Orders of one process to the one that works.

use std::{future::poll_fn, path::Path, task::Poll, time::Duration};

use jiff::{SignedDuration, Timestamp};
use rbit_job::{BoxCommand, Cancellation, JobId, port::CommandSource};
use rbit_store::{FILE_NAME, Incarnation, Store, StoreCommands};
use tokio::time::timeout;

use crate::folder::begin;

fn cancel(job: u32) -> BoxCommand {
    BoxCommand::Cancel(Cancellation {
        job: JobId::new(job.to_string()).unwrap(),
        web_host: Some("pybit:8080".to_owned()),
    })
}

async fn order(folder: &Path, command: &BoxCommand) {
    let operator = Store::open(folder).unwrap();
    operator.order(command, Timestamp::now()).await.unwrap();
}

async fn next(commands: &mut StoreCommands) -> BoxCommand {
    timeout(DEADLINE, commands.next())
        .await
        .expect("no order before the deadline")
        .unwrap()
}

/// Asserts that no order is there, by giving one and seeing that it is the next.
async fn is_empty(folder: &Path, incarnation: &Incarnation) {
    order(folder, &cancel(999)).await;
    assert_eq!(next(&mut StoreCommands::open(incarnation)).await, cancel(999));
}

#[tokio::test]
async fn orders_come_in_their_order_each_once() {
    let folder = tempfile::tempdir().unwrap();
    let incarnation = begin(folder.path()).await;
    let mut commands = StoreCommands::open(&incarnation);
    let orders = [cancel(1), BoxCommand::Drain, cancel(1), cancel(2)];
    let give = async {
        for command in &orders {
            order(folder.path(), command).await;
        }
    };
    let obey = async {
        for command in &orders {
            assert_eq!(next(&mut commands).await, *command);
        }
    };
    tokio::join!(obey, give);
}

#[tokio::test]
async fn an_order_is_not_lost_when_nobody_waits_for_it_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let incarnation = begin(folder.path()).await;
    let mut commands = StoreCommands::open(&incarnation);
    order(folder.path(), &cancel(1)).await;
    order(folder.path(), &cancel(2)).await;
    for expected in [cancel(1), cancel(2)] {
        let given = match begin_and_drop(&mut commands).await {
            Some(command) => command,
            None => next(&mut commands).await,
        };
        assert_eq!(given, expected);
    }
}

/// Begins to wait for an order again and again, each time only to drop it at its first pause; the order, should it be there by then.
async fn begin_and_drop(commands: &mut StoreCommands) -> Option<BoxCommand> {
    for _ in 0..20 {
        let mut waiting = commands.next();
        let first_poll = poll_fn(|cx| Poll::Ready(waiting.as_mut().poll(cx))).await;
        if let Poll::Ready(command) = first_poll {
            return command;
        }
    }
    None
}

#[tokio::test]
async fn a_drain_that_came_too_late_is_dropped_and_a_cancellation_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    drop(begin(folder.path()).await);
    order(folder.path(), &BoxCommand::Drain).await;
    order(folder.path(), &cancel(1)).await;
    let incarnation = begin(folder.path()).await;
    let mut commands = StoreCommands::open(&incarnation);
    assert_eq!(next(&mut commands).await, cancel(1));
    order(folder.path(), &BoxCommand::Drain).await;
    assert_eq!(next(&mut commands).await, BoxCommand::Drain);
}

#[tokio::test]
async fn an_order_that_was_being_carried_out_when_the_process_was_lost_is_given_again() {
    let folder = tempfile::tempdir().unwrap();
    let lost = begin(folder.path()).await;
    order(folder.path(), &cancel(1)).await;
    let mut commands = StoreCommands::open(&lost);
    assert_eq!(next(&mut commands).await, cancel(1));
    drop((commands, lost));

    let incarnation = begin(folder.path()).await;
    let mut commands = StoreCommands::open(&incarnation);
    assert_eq!(next(&mut commands).await, cancel(1));
    order(folder.path(), &cancel(2)).await;
    assert_eq!(next(&mut commands).await, cancel(2), "and the first is struck out");
}

#[tokio::test]
async fn a_cancellation_older_than_a_week_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let operator = Store::open(folder.path()).unwrap();
    let long_ago = Timestamp::now() - SignedDuration::from_hours(8 * 24);
    operator.order(&cancel(1), long_ago).await.unwrap();
    is_empty(folder.path(), &begin(folder.path()).await).await;
}

#[tokio::test]
async fn an_order_that_cannot_be_read_does_not_hold_up_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let incarnation = begin(folder.path()).await;
    let newer = rusqlite::Connection::open(folder.path().join(FILE_NAME)).unwrap();
    newer
        .execute_batch("INSERT INTO commands (is_momentary, command, ordered) VALUES (0, '\"fly\"', 0)")
        .unwrap();
    is_empty(folder.path(), &incarnation).await;
}

/// Generous: it only ends tests that have already failed.
const DEADLINE: Duration = Duration::from_secs(30);
