use std::{
    io,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use rbit_job::{Attempt, JobId, JobKey, QueueName, RunnerName, port::EventError};
use rbit_testkit::{FixedClock, MemoryJournal};

use super::*;
use crate::farewell::Farewell;

/// Takes as many events as it was told, and refuses the next ones.
#[derive(Default)]
struct Listener {
    room: Mutex<usize>,
    heard: Mutex<Vec<u32>>,
}

impl Listener {
    fn make_room(&self, events: usize) {
        *self.room.lock().unwrap_or_else(PoisonError::into_inner) = events;
    }

    fn heard(&self) -> Vec<u32> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl EventSink for Listener {
    async fn tell(&self, event: &StatusEvent) -> Result<(), EventError> {
        let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(rest) = room.checked_sub(1) else {
            return Err(EventError {
                event: event.id(),
                source: io::Error::from(io::ErrorKind::ConnectionRefused).into(),
            });
        };
        *room = rest;
        self.heard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(event.attempt.number());
        Ok(())
    }
}

/// A journal with events of the attempts 1, 2 and 3, an hour apart.
async fn scene() -> (Arc<MemoryJournal>, Arc<Listener>, Arc<FixedClock>, Events) {
    let (journal, listener, clock) = (
        Arc::<MemoryJournal>::default(),
        Arc::<Listener>::default(),
        Arc::<FixedClock>::default(),
    );
    for attempt in 1..=3 {
        journal.add_event(&event_of(attempt)).await.unwrap();
    }
    let events = Events::new(journal.clone(), listener.clone(), clock.clone());
    (journal, listener, clock, events)
}

fn event_of(attempt: u32) -> StatusEvent {
    let queue = QueueName::new("q").unwrap();
    StatusEvent {
        key: JobKey::of(&queue, None, b""),
        job: JobId::new("4").unwrap(),
        package: String::new(),
        version: String::new(),
        queue,
        runner: RunnerName::new("r").unwrap(),
        attempt: Attempt::new(attempt),
        status: Status::Building,
        reason: None,
        text: String::new(),
        artifacts: vec![],
        at: Timestamp::UNIX_EPOCH + Duration::from_secs(3600 * u64::from(attempt)),
    }
}

async fn tell_all(events: &Events) -> Result<bool, JournalError> {
    events.tell_all(&Farewell::new().watch()).await
}

async fn untold(journal: &MemoryJournal) -> Vec<u32> {
    let pending = journal.untold_events().await.unwrap();
    pending.iter().map(|one| one.event.attempt.number()).collect()
}

#[tokio::test]
async fn events_are_told_in_their_order_and_each_once() {
    let (journal, listener, _, events) = scene().await;
    listener.make_room(10);
    assert!(tell_all(&events).await.unwrap());
    assert!(tell_all(&events).await.unwrap());
    assert_eq!(listener.heard(), [1, 2, 3]);
    assert_eq!(untold(&journal).await, [0; 0]);
}

#[tokio::test]
async fn what_is_not_taken_stays_and_the_later_ones_wait_for_it() {
    let (journal, listener, _, events) = scene().await;
    listener.make_room(1);
    assert!(!tell_all(&events).await.unwrap());
    assert_eq!(untold(&journal).await, [2, 3]);
    listener.make_room(10);
    assert!(tell_all(&events).await.unwrap());
    assert_eq!(listener.heard(), [1, 2, 3]);
}

#[tokio::test]
async fn events_that_were_told_while_nothing_could_be_written_down_are_not_told_again() {
    let (journal, listener, _, events) = scene().await;
    listener.make_room(2);
    journal.break_down();
    for _ in 0..3 {
        tell_all(&events).await.unwrap_err();
    }
    journal.mend();
    listener.make_room(10);
    assert!(tell_all(&events).await.unwrap());
    assert_eq!(listener.heard(), [1, 2, 3]);
    assert_eq!(untold(&journal).await, [0; 0]);
}

#[tokio::test]
async fn an_event_that_could_not_be_told_for_a_day_is_given_up_and_a_younger_one_is_not() {
    let (journal, listener, clock, events) = scene().await;
    clock.advance(Duration::from_secs(26 * 3600 - 1));
    assert!(!tell_all(&events).await.unwrap());
    assert_eq!(untold(&journal).await, [2, 3]);
    listener.make_room(10);
    assert!(tell_all(&events).await.unwrap());
    assert_eq!(listener.heard(), [2, 3]);
}

#[test]
fn a_place_that_takes_nothing_is_tried_at_growing_distances() {
    assert_eq!(
        [0, 1, 2, 8, 9, 1000].map(|tries| wait_after(tries).as_secs()),
        [1, 2, 4, 256, 300, 300]
    );
}
