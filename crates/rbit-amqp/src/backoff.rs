//! How long to wait before something that failed is tried again.

use std::time::Duration;

use fastrand::Rng;

/// Waits that grow from failure to failure, each drawn at random from the whole range up to its ceiling ("full jitter"), so that
/// the boxes of a farm do not return to a broker in step.
#[derive(Debug)]
pub(crate) struct Backoff {
    failures: u32,
    random: Rng,
}

impl Backoff {
    pub(crate) fn new(random: Rng) -> Self {
        Self { failures: 0, random }
    }

    /// The wait after a failure. What had worked for [`HEALTHY`] before it failed begins from the shortest again.
    pub(crate) fn after(&mut self, worked_for: Duration) -> Duration {
        if worked_for >= HEALTHY {
            self.failures = 0;
        }
        let ceiling = ceiling(self.failures);
        self.failures = self.failures.saturating_add(1);
        self.between(SHORTEST, ceiling)
    }

    /// The wait after a failure that repeating will hardly mend, such as wrong credentials: near the longest at once.
    pub(crate) fn slow(&mut self) -> Duration {
        self.between(LONGEST / 2, LONGEST)
    }

    fn between(&mut self, from: Duration, to: Duration) -> Duration {
        from + to.saturating_sub(from).mul_f64(self.random.f64())
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new(Rng::new())
    }
}

fn ceiling(failures: u32) -> Duration {
    SHORTEST.saturating_mul(2u32.saturating_pow(failures + 1)).min(LONGEST)
}

const SHORTEST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(30);
const HEALTHY: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ceilings_double_up_to_the_longest_wait() {
        let ceilings: Vec<_> = (0..9).map(|failures| ceiling(failures).as_millis()).collect();
        assert_eq!(ceilings, [400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
    }

    #[test]
    fn what_worked_for_long_is_tried_again_soon() {
        let mut backoff = Backoff::new(Rng::with_seed(7));
        for _ in 0..20 {
            backoff.after(Duration::ZERO);
        }
        assert!(backoff.after(HEALTHY) <= ceiling(0));
    }

    #[test]
    fn what_repeating_will_not_mend_is_tried_slowly_from_the_start() {
        let mut backoff = Backoff::new(Rng::with_seed(7));
        assert!(backoff.slow() >= LONGEST / 2);
    }

    proptest::proptest! {
        #[test]
        fn every_wait_lies_between_the_shortest_and_the_longest(seed: u64, failures in 0usize..100) {
            let mut backoff = Backoff::new(Rng::with_seed(seed));
            for _ in 0..failures {
                let wait = backoff.after(Duration::ZERO);
                assert!((SHORTEST..=LONGEST).contains(&wait), "{wait:?}");
            }
        }
    }
}
