//! What a guest's run depends on besides its input: the time of day and random numbers. Both can be the same on every run.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The clock and the random numbers of a guest: `clock` and `random` of `[sandbox]`.
///
/// ```
/// use rbit_job::chance::{Chance, GuestRandom};
/// assert_eq!(Chance::default().random, GuestRandom::Host);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Chance {
    /// What time it is.
    pub clock: GuestClock,
    /// Where random numbers come from.
    pub random: GuestRandom,
}

/// The time of day that a guest is shown, also as the times of its files. How long something takes, it can measure either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuestClock {
    /// The host's.
    #[default]
    Host,
    /// Always this moment.
    Fixed(Timestamp),
}

/// Where a guest's random numbers come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuestRandom {
    /// The host's, which nobody can foretell.
    #[default]
    Host,
    /// Those that follow from this number: known to everybody, and so of no use for secrets.
    Seeded(u64),
}

impl GuestClock {
    /// What time it is for the guest when it is `now` for the host.
    #[must_use]
    pub fn or(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Host => now,
            Self::Fixed(moment) => moment,
        }
    }
}
