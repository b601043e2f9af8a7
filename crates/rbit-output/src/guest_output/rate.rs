//! Lines in a second.

use std::time::{Duration, Instant};

/// Admits so many lines in each second, beginning with the first line.
#[derive(Debug)]
pub(super) struct Rate {
    per_second: u32,
    second: Option<Instant>,
    admitted: u32,
    came: u64,
    peak: u64,
}

impl Rate {
    pub(super) fn new(per_second: u32) -> Self {
        Self {
            per_second,
            second: None,
            admitted: 0,
            came: 0,
            peak: 0,
        }
    }

    /// Whether one more line may pass now.
    pub(super) fn admits(&mut self, now: Instant) -> bool {
        let is_same = self
            .second
            .is_some_and(|second| now.saturating_duration_since(second) < Duration::from_secs(1));
        if !is_same {
            self.second = Some(now);
            self.admitted = 0;
            self.came = 0;
        }
        self.came += 1;
        self.peak = self.peak.max(self.came);
        let admits = self.admitted < self.per_second;
        self.admitted += u32::from(admits);
        admits
    }

    /// The most lines that came in one second.
    pub(super) fn peak(&self) -> u64 {
        self.peak
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_second_admits_its_own() {
        let mut rate = Rate::new(2);
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let admitted = [0, 1, 999, 1000, 1001, 1002, 3000].map(|millis| rate.admits(at(millis)));
        assert_eq!(admitted, [true, true, false, true, true, false, true]);
        assert_eq!(rate.peak(), 3);
    }
}
