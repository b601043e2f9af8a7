//! Deliveries that were dropped without a word: how long their messages wait before they may come again.
//!
//! A delivery is dropped when the task of its job panicked or the journal could not be written. Its message comes again, mostly to
//! this box and mostly to the same end: without a pause that grows, the box would do nothing else.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use rbit_job::JobKey;

/// The messages whose deliveries were dropped lately, each with how often in a row; the one that was dropped last stands last.
#[derive(Debug, Default)]
pub(crate) struct Drops(Mutex<VecDeque<(JobKey, u32)>>);

impl Drops {
    /// Notes that a delivery of a message was dropped; how often that happened since the message was last settled.
    pub(crate) fn note(&self, message: JobKey) -> u32 {
        let mut lately = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = lately.iter().position(|(known, _)| *known == message);
        let before = place.and_then(|place| lately.remove(place));
        let times = before.map_or(0, |(_, times)| times).saturating_add(1);
        if lately.len() >= MAX_KNOWN {
            lately.pop_front();
        }
        lately.push_back((message, times));
        times
    }

    /// Notes that a message was settled. Its name is asked for only if any is known here.
    pub(crate) fn forget(&self, message: impl FnOnce() -> JobKey) {
        let mut lately = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !lately.is_empty() {
            let message = message();
            lately.retain(|(known, _)| *known != message);
        }
    }
}

/// How long a message stays with us whose delivery was dropped so many times in a row.
pub(crate) fn pause(times: u32) -> Duration {
    SHORTEST
        .saturating_mul(2u32.saturating_pow(times.saturating_sub(1)))
        .min(LONGEST)
}

const SHORTEST: Duration = Duration::from_secs(1);

/// The message takes a place of its queue's while it waits, so this is not for ever.
const LONGEST: Duration = Duration::from_secs(60);

/// More than a box has places for messages. Of one that is forgotten too early, the pause begins from the shortest.
const MAX_KNOWN: usize = 1024;

#[cfg(test)]
mod tests {
    use rbit_job::QueueName;

    use super::*;

    fn message(id: &str) -> JobKey {
        JobKey::of(&QueueName::new("q").unwrap(), Some(id), b"{}")
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses: Vec<_> = (1..9).map(|times| pause(times).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(pause(u32::MAX), LONGEST);
    }

    #[test]
    fn each_message_is_counted_by_itself_until_it_is_settled() {
        let drops = Drops::default();
        let times: Vec<_> = ["a", "b", "a", "a"].map(|id| drops.note(message(id))).into();
        assert_eq!(times, [1, 1, 2, 3]);
        drops.forget(|| message("a"));
        assert_eq!([drops.note(message("a")), drops.note(message("b"))], [1, 2]);
    }

    #[test]
    fn what_is_remembered_is_bounded_and_the_oldest_is_forgotten_first() {
        let drops = Drops::default();
        for number in 0..=MAX_KNOWN {
            drops.note(message(&number.to_string()));
        }
        assert_eq!(drops.0.lock().unwrap().len(), MAX_KNOWN);
        assert_eq!([drops.note(message("1")), drops.note(message("0"))], [2, 1]);
    }

    #[test]
    fn nothing_is_worked_out_for_a_message_that_is_settled_while_none_is_known() {
        Drops::default().forget(|| panic!("asked for"));
    }
}
