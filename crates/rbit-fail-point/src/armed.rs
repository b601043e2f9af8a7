//! The point at which this process is to end, if any.

use std::sync::{
    OnceLock,
    atomic::{AtomicU32, Ordering},
};

use crate::{CrashAt, FailPoint};

/// Arms the process, for good: of several calls the first one counts.
pub fn arm(at: CrashAt) {
    ARMED.get_or_init(|| Armed {
        point: at.point,
        passes_left: AtomicU32::new(at.pass.get()),
    });
}

pub(crate) fn passed(point: FailPoint) {
    if ARMED.get().is_some_and(|armed| armed.is_over_at(point)) {
        std::process::abort();
    }
}

#[derive(Debug)]
struct Armed {
    point: FailPoint,
    passes_left: AtomicU32,
}

impl Armed {
    /// Counts a pass. Several threads may pass at once; one of them is the n-th.
    fn is_over_at(&self, point: FailPoint) -> bool {
        self.point == point && self.passes_left.fetch_sub(1, Ordering::SeqCst) == 1
    }
}

static ARMED: OnceLock<Armed> = OnceLock::new();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_is_over_at_the_nth_pass_of_its_point() {
        let armed = Armed {
            point: FailPoint::Claimed,
            passes_left: AtomicU32::new(2),
        };
        let passes = [FailPoint::Claimed, FailPoint::Settled, FailPoint::Claimed];
        assert_eq!(passes.map(|point| armed.is_over_at(point)), [false, false, true]);
    }

    #[test]
    fn a_process_that_is_not_armed_passes_every_point() {
        for point in FailPoint::ALL {
            passed(point);
        }
    }
}
