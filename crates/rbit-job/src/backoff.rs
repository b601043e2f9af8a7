//! How long a job waits before its next try.

use std::time::Duration;

use crate::Attempt;

/// The wait after this attempt: the step of its number, and the last step for every later attempt.
///
/// ```
/// use std::time::Duration;
/// use rbit_job::{Attempt, backoff::delay_after};
/// let steps = [Duration::from_secs(10), Duration::from_secs(60)];
/// assert_eq!(delay_after(Attempt::FIRST, &steps), Duration::from_secs(10));
/// assert_eq!(delay_after(Attempt::new(9), &steps), Duration::from_secs(60));
/// ```
pub fn delay_after(attempt: Attempt, steps: &[Duration]) -> Duration {
    let index = attempt.number() as usize - 1;
    steps.get(index).or(steps.last()).copied().unwrap_or(FALLBACK)
}

/// The steps of a queue that configures none: ten seconds to two hours.
pub const DEFAULT_STEPS: [Duration; 5] = [
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 60 * 60),
];

/// An empty list of steps must not become a hot loop.
const FALLBACK: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_of_steps_still_makes_a_job_wait() {
        assert_eq!(delay_after(Attempt::FIRST, &[]), Duration::from_secs(10));
    }

    proptest::proptest! {
        #[test]
        fn the_wait_is_always_one_of_the_steps(steps in proptest::collection::vec(1u64..10_000, 1..8), attempt in 0u32..) {
            let steps: Vec<_> = steps.into_iter().map(Duration::from_secs).collect();
            assert!(steps.contains(&delay_after(Attempt::new(attempt), &steps)));
        }

        #[test]
        fn growing_steps_never_make_a_later_attempt_wait_less(mut steps in proptest::collection::vec(1u64..10_000, 1..8), attempt in 1u32..20) {
            steps.sort_unstable();
            let steps: Vec<_> = steps.into_iter().map(Duration::from_secs).collect();
            let attempt = Attempt::new(attempt);
            assert!(delay_after(attempt, &steps) <= delay_after(attempt.next(), &steps));
        }
    }
}
