//! What time it is for this box.

use std::sync::Arc;

use rbit_job::port::Clock;
use rbit_worker::SystemClock;

/// The clock of the machine; in a build with debug assertions, it can be shifted.
pub(crate) fn clock() -> Arc<dyn Clock> {
    #[cfg(debug_assertions)]
    if let Some(file) = std::env::var_os(shifted::VARIABLE) {
        return Arc::new(shifted::ShiftedClock::new(file.into()));
    }
    Arc::new(SystemClock)
}

/// A clock that jumps when a test says so. Release builds do not have it.
#[cfg(debug_assertions)]
mod shifted {
    use std::{fs, path::PathBuf};

    use jiff::{SignedDuration, Timestamp};
    use rbit_job::port::Clock;

    /// Names a file with the seconds by which the clock is ahead; read whenever it is looked at, so that the clock can jump.
    pub(super) const VARIABLE: &str = "RBIT_CLOCK_SHIFT";

    /// The clock of the machine, and what is in the file. No file, or no number in it, is no shift.
    pub(super) struct ShiftedClock {
        file: PathBuf,
    }

    impl ShiftedClock {
        pub(super) fn new(file: PathBuf) -> Self {
            Self { file }
        }
    }

    impl Clock for ShiftedClock {
        fn now(&self) -> Timestamp {
            let text = fs::read_to_string(&self.file).unwrap_or_default();
            let shift = SignedDuration::from_secs(text.trim().parse().unwrap_or(0));
            let now = Timestamp::now();
            now.checked_add(shift).unwrap_or(now)
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_clock_jumps_by_what_is_in_the_file() {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("shift");
            let clock = ShiftedClock::new(file.clone());
            assert!(clock.now().duration_since(Timestamp::now()).abs() < SignedDuration::from_mins(1));
            for hours in [-5, 5] {
                fs::write(&file, format!("{}\n", hours * 3600)).unwrap();
                let ahead = clock.now().duration_since(Timestamp::now());
                assert!(
                    (ahead - SignedDuration::from_hours(hours)).abs() < SignedDuration::from_mins(1),
                    "{ahead}"
                );
            }
        }
    }
}
