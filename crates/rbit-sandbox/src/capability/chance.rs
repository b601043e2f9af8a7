//! Clocks and random numbers.
//!
//! The host's, unless the runner wants them the same on every run. A clock that stands still is the one that tells the time of day: how
//! long something takes is told by another, which language runtimes wait by, and which goes on in any case.

use std::time::Duration;

use chacha20::{
    ChaCha20Rng,
    rand_core::{Rng as _, SeedableRng as _},
};
use jiff::Timestamp;
use rbit_job::{Chance, GuestClock, GuestRandom};
use wasmtime_wasi::{HostWallClock, WasiCtxBuilder, p2::bindings::clocks::wall_clock::Datetime};

/// Gives a guest its clock and its random numbers.
pub(crate) fn attach(wasi: &mut WasiCtxBuilder, chance: Chance) {
    if let GuestClock::Fixed(moment) = chance.clock {
        wasi.wall_clock(Standing(moment));
    }
    if let GuestRandom::Seeded(seed) = chance.random {
        let mut source = ChaCha20Rng::seed_from_u64(seed);
        let halves = [source.next_u64(), source.next_u64()].map(u128::from);
        wasi.insecure_random_seed(halves[0] << 64 | halves[1])
            .insecure_random(ChaCha20Rng::from_rng(&mut source))
            .secure_random(source);
    }
}

/// The time of a file as a guest sees it: with a clock that stands still, nothing was ever made at another time.
pub(crate) fn file_time(clock: GuestClock, time: Option<Datetime>) -> Option<Datetime> {
    match clock {
        GuestClock::Host => time,
        GuestClock::Fixed(moment) => time.map(|_| {
            let since = since_epoch(moment);
            Datetime {
                seconds: since.as_secs(),
                nanoseconds: since.subsec_nanos(),
            }
        }),
    }
}

/// A clock that always shows the same moment.
struct Standing(Timestamp);

impl HostWallClock for Standing {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn now(&self) -> Duration {
        since_epoch(self.0)
    }
}

/// There is no time before 1970 for a guest.
fn since_epoch(moment: Timestamp) -> Duration {
    moment
        .duration_since(Timestamp::UNIX_EPOCH)
        .try_into()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_clock_shows_its_moment_and_never_one_before_its_epoch() {
        let moment: Timestamp = "2001-02-03T04:05:06.5Z".parse().unwrap();
        assert_eq!(Standing(moment).now(), Duration::from_millis(981_173_106_500));
        let before: Timestamp = "1969-07-20T20:17:40Z".parse().unwrap();
        assert_eq!(Standing(before).now(), Duration::ZERO);
    }

    #[test]
    fn files_are_as_old_as_a_standing_clock_says() {
        let time = Datetime {
            seconds: 7,
            nanoseconds: 8,
        };
        assert_eq!(file_time(GuestClock::Host, Some(time)).unwrap().seconds, 7);
        let moment = Timestamp::from_second(9).unwrap();
        let seen = file_time(GuestClock::Fixed(moment), Some(time)).unwrap();
        assert_eq!((seen.seconds, seen.nanoseconds), (9, 0));
        assert!(file_time(GuestClock::Fixed(moment), None).is_none());
    }
}
