//! What the local queue promises beyond the contract of every source.

use std::time::Duration;

use jiff::Timestamp;
use rbit_job::{
    Attempt, Disposition,
    port::{Clock, JobSource, Subscription},
};
use rbit_store::{BeginError, LocalSource, Store};

use crate::folder::{ManualClock, RealClock, begin, push, queue, source, take};

#[tokio::test]
async fn messages_of_another_handle_are_noticed_while_the_source_waits() {
    let folder = tempfile::tempdir().unwrap();
    let incarnation = begin(folder.path()).await;
    let producer = Store::open(folder.path()).unwrap();
    let mut source = source(&incarnation, 1, RealClock);
    let produce = async {
        for number in 0..5u8 {
            push(&producer, &[number]).await;
        }
    };
    let consume = async {
        for number in 0..5u8 {
            let delivery = take(&mut source).await;
            assert_eq!(delivery.body, [number]);
            delivery.settle(&Disposition::Ack).await.unwrap();
        }
    };
    tokio::join!(consume, produce);
}

#[tokio::test]
async fn what_a_lost_process_held_comes_back_to_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let incarnation = begin(folder.path()).await;
    push(&Store::open(folder.path()).unwrap(), b"{}").await;
    let mut lost = source(&incarnation, 1, RealClock);
    // Neither settled nor dropped, and the source not closed: as after SIGKILL nobody gives anything back.
    let delivery = take(&mut lost).await;
    drop((lost, incarnation));

    let incarnation = begin(folder.path()).await;
    let mut next = source(&incarnation, 1, RealClock);
    let again = take(&mut next).await;
    assert!(again.redelivered);
    assert_eq!((again.body.as_slice(), again.attempt), (&b"{}"[..], Attempt::FIRST));
    delivery
        .settle(&Disposition::Ack)
        .await
        .expect_err("it belongs to the next one now");
    again.settle(&Disposition::Ack).await.unwrap();
}

#[tokio::test]
async fn a_second_worker_is_refused_but_a_producer_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let first = begin(folder.path()).await;
    let second = Store::open(folder.path()).unwrap();
    let refused = second.begin(Timestamp::now()).await.unwrap_err();
    assert!(matches!(refused, BeginError::InUse { .. }), "{refused}");
    push(&second, b"{}").await;
    drop(first);
    second.begin(Timestamp::now()).await.unwrap();
}

#[tokio::test]
async fn a_retry_is_due_when_the_clock_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let incarnation = begin(folder.path()).await;
    let (producer, clock) = (Store::open(folder.path()).unwrap(), ManualClock::default());
    push(&producer, b"blocked").await;
    let mut source = source(&incarnation, 1, clock.clone());
    let hour = Duration::from_secs(3600);
    let retry = Disposition::Retry {
        delay: hour,
        attempt: Attempt::new(2),
    };
    take(&mut source).await.settle(&retry).await.unwrap();

    // A message behind it comes first for as long as the hour is not over.
    clock.advance(3599);
    push(&producer, b"behind").await;
    let behind = take(&mut source).await;
    assert_eq!(behind.body, b"behind");
    behind.settle(&Disposition::Ack).await.unwrap();
    clock.advance(1);
    let again = take(&mut source).await;
    assert_eq!(
        (again.body.as_slice(), again.attempt),
        (&b"blocked"[..], Attempt::new(2))
    );
}

#[tokio::test]
async fn a_retry_waits_anew_when_the_clock_was_set_back_behind_its_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let incarnation = begin(folder.path()).await;
    let (producer, clock) = (Store::open(folder.path()).unwrap(), ManualClock::default());
    push(&producer, b"blocked").await;
    let mut source = source(&incarnation, 1, clock.clone());
    let retry = Disposition::Retry {
        delay: Duration::from_secs(3600),
        attempt: Attempt::new(2),
    };
    clock.advance(1_000_000);
    take(&mut source).await.settle(&retry).await.unwrap();

    clock.advance(-1_000_000);
    push(&producer, b"behind").await;
    let behind = take(&mut source).await;
    assert_eq!(behind.body, b"behind");
    behind.settle(&Disposition::Ack).await.unwrap();
    clock.advance(3600);
    assert_eq!(take(&mut source).await.body, b"blocked");
}

#[tokio::test]
async fn a_delay_beyond_the_end_of_time_is_no_error_and_never_due() {
    let folder = tempfile::tempdir().unwrap();
    let incarnation = begin(folder.path()).await;
    push(&Store::open(folder.path()).unwrap(), b"{}").await;
    let mut source = source(&incarnation, 1, RealClock);
    let retry = Disposition::Retry {
        delay: Duration::MAX,
        attempt: Attempt::new(2),
    };
    take(&mut source).await.settle(&retry).await.unwrap();
    assert_eq!(source.waiting().await.unwrap(), 1);
}

#[tokio::test]
async fn a_dropped_delivery_comes_back_to_its_own_source_after_a_pause() {
    let folder = tempfile::tempdir().unwrap();
    let incarnation = begin(folder.path()).await;
    let (producer, clock) = (Store::open(folder.path()).unwrap(), ManualClock::default());
    for body in [b"1", b"2"] {
        push(&producer, body).await;
    }
    let mut source = source(&incarnation, 1, clock.clone());
    drop(take(&mut source).await);
    assert_eq!(source.waiting().await.unwrap(), 2);
    let second = take(&mut source).await;
    assert_eq!(second.body, b"2", "the first must not spin");
    second.settle(&Disposition::Ack).await.unwrap();
    clock.advance(1);
    let first = take(&mut source).await;
    assert!(first.redelivered && first.body == b"1", "{first:?}");
}

#[tokio::test]
async fn queues_take_turns_however_long_one_of_them_is() {
    let folder = tempfile::tempdir().unwrap();
    let incarnation = begin(folder.path()).await;
    let producer = Store::open(folder.path()).unwrap();
    let (long, short) = (queue("long"), queue("short"));
    for name in [&long, &long, &long, &long, &short, &short] {
        producer.push(name, b"", None, RealClock.now()).await.unwrap();
    }
    let subscriptions = [&long, &short].map(|queue| Subscription {
        queue: queue.clone(),
        prefetch: 9,
    });
    let mut source = LocalSource::open(&incarnation, subscriptions.to_vec(), std::sync::Arc::new(RealClock));
    let mut order = Vec::new();
    for _ in 0..6 {
        order.push(take(&mut source).await.queue.to_string());
    }
    assert_eq!(order, ["long", "short", "long", "short", "long", "long"]);
}

#[tokio::test]
async fn a_parked_message_keeps_its_number_and_says_when_it_was_parked() {
    let folder = tempfile::tempdir().unwrap();
    let incarnation = begin(folder.path()).await;
    let (producer, clock) = (Store::open(folder.path()).unwrap(), ManualClock::default());
    let number = push(&producer, b"?").await;
    clock.advance(77);
    let mut source = source(&incarnation, 1, clock);
    let park = Disposition::Park {
        reason: rbit_job::Reason::Undecodable,
        text: "no JSON".to_owned(),
    };
    take(&mut source).await.settle(&park).await.unwrap();
    let parked = producer.parked(10).await.unwrap();
    assert_eq!(parked.len(), 1);
    assert_eq!(
        (parked[0].number, parked[0].parked),
        (number, Timestamp::from_second(77).unwrap())
    );
    assert!(producer.parked(0).await.unwrap().is_empty());
}
