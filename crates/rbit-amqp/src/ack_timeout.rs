//! How long a broker waits for an acknowledgement, and what follows for jobs that take longer.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// What becomes of the message of a job that takes long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// When it is moved to a queue of its own.
    pub after: Duration,
    /// How long it stays there when its box is lost, before another box may have it.
    pub lease: Duration,
}

impl Holding {
    /// With a broker that waits so long for acknowledgements.
    pub fn under(ack_timeout: Duration) -> Self {
        let known = AckTimeout::configured(ack_timeout);
        Self {
            after: known.stay(),
            lease: known.lease(),
        }
    }
}

/// What is known of the broker's patience. It closes the channel of a message that was not acknowledged in time and hands the message
/// on, whoever works on it.
#[derive(Debug)]
pub(crate) struct AckTimeout(Mutex<Duration>);

impl AckTimeout {
    pub(crate) fn configured(timeout: Duration) -> Self {
        Self(Mutex::new(timeout))
    }

    /// Takes note of what the broker says that it waits; whether it is less than was known.
    pub(crate) fn learn(&self, timeout: Duration) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_less = timeout < *known;
        *known = timeout.min(*known);
        is_less
    }

    /// How long a message may stay with us before it has to be held elsewhere: four fifths, as the broker looks only from time to time.
    pub(crate) fn stay(&self) -> Duration {
        self.known() * 4 / 5
    }

    /// What is left of the broker's patience after that.
    pub(crate) fn rest(&self) -> Duration {
        self.known() / 5
    }

    /// How long a copy in a queue of its own outlives us.
    pub(crate) fn lease(&self) -> Duration {
        (self.known() / 6).clamp(SHORTEST_LEASE, LONGEST_LEASE)
    }

    pub(crate) fn known(&self) -> Duration {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The timeout in the broker's words about a message that was not acknowledged in time.
pub(crate) fn timeout_in(words: &str) -> Option<Duration> {
    let (_, rest) = words.split_once("delivery acknowledgement")?;
    let (_, value) = rest.split_once("Timeout value used: ")?;
    let digits = value.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok().map(Duration::from_millis)
}

const SHORTEST_LEASE: Duration = Duration::from_secs(3);
const LONGEST_LEASE: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_brokers_words_give_the_value_it_used() {
        let words = "PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. Timeout value used: 4000 ms. This timeout \
                     value can be configured, see consumers doc guide to learn more";
        assert_eq!(timeout_in(words), Some(Duration::from_secs(4)));
        for other in [
            "PRECONDITION_FAILED - unknown delivery tag 1",
            "delivery acknowledgement",
            "",
        ] {
            assert_eq!(timeout_in(other), None, "{other}");
        }
    }

    #[test]
    fn a_broker_that_waits_longer_than_configured_changes_nothing() {
        let timeout = AckTimeout::configured(Duration::from_secs(100));
        assert!(!timeout.learn(Duration::from_secs(200)));
        assert_eq!(timeout.stay(), Duration::from_secs(80));
        assert!(timeout.learn(Duration::from_secs(10)));
        assert_eq!(timeout.stay(), Duration::from_secs(8));
    }

    #[test]
    fn a_lease_is_neither_so_short_that_a_busy_box_loses_it_nor_so_long_that_a_lost_box_holds_jobs_up() {
        let lease = |secs| AckTimeout::configured(Duration::from_secs(secs)).lease().as_secs();
        assert_eq!([1, 60, 1800, 1_000_000].map(lease), [3, 10, 300, 300]);
    }
}
