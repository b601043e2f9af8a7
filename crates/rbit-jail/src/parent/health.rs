//! How often a runner's children have died, and what follows from it.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rbit_job::RunnerName;

/// The deaths of one runner's children with one component.
#[derive(Debug)]
pub(super) struct Health {
    runner: RunnerName,
    component: String,
    /// Since a job came to its end.
    deaths_in_a_row: Mutex<u32>,
}

impl Health {
    /// Of a component that has not run yet, by its digest.
    pub(super) fn new(runner: RunnerName, component: String) -> Self {
        Self {
            runner,
            component,
            deaths_in_a_row: Mutex::default(),
        }
    }

    pub(super) fn runner(&self) -> &RunnerName {
        &self.runner
    }

    pub(super) fn is_of(&self, component: &str) -> bool {
        self.component == component
    }

    /// Counts a death, and says what the jobs that it cost are told.
    pub(super) fn died(&self, why: &str, had_succeeded: bool) -> String {
        let mut deaths = self.deaths();
        *deaths = if had_succeeded { 1 } else { deaths.saturating_add(1) };
        let fault = format!("the process with the guests of runner `{}` died: {why}", self.runner);
        if *deaths < SUSPICIOUS {
            return fault;
        }
        format!(
            "{fault}; it has died {deaths} times in a row with the component of digest {}, which is to be suspected",
            self.component
        )
    }

    /// How long the next child waits.
    pub(super) fn delay(&self) -> Duration {
        delay_after(*self.deaths())
    }

    fn deaths(&self) -> MutexGuard<'_, u32> {
        self.deaths_in_a_row.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first death may be anything's fault; then it doubles.
fn delay_after(deaths: u32) -> Duration {
    match deaths.checked_sub(2) {
        None => Duration::ZERO,
        Some(doublings) => FIRST_DELAY
            .saturating_mul(2u32.saturating_pow(doublings))
            .min(LAST_DELAY),
    }
}

/// Deaths after which it is said that they are no accident.
const SUSPICIOUS: u32 = 3;
const FIRST_DELAY: Duration = Duration::from_millis(250);
const LAST_DELAY: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    fn health() -> Health {
        Health::new(RunnerName::new("pdf").unwrap(), "abc".into())
    }

    #[test]
    fn three_deaths_in_a_row_are_said_with_the_component() {
        let health = health();
        let fault = "the process with the guests of runner `pdf` died: signal 11";
        assert_eq!(health.died("signal 11", false), fault);
        assert_eq!(health.died("signal 11", false), fault);
        assert_eq!(
            health.died("signal 11", false),
            format!("{fault}; it has died 3 times in a row with the component of digest abc, which is to be suspected")
        );
    }

    #[test]
    fn a_job_that_came_to_its_end_begins_a_new_row() {
        let health = health();
        for _ in 0..9 {
            health.died("x", false);
        }
        assert_eq!(health.delay(), LAST_DELAY);
        assert!(!health.died("x", true).contains("in a row"));
        assert_eq!(health.delay(), Duration::ZERO);
    }

    #[test]
    fn the_wait_doubles_up_to_half_a_minute() {
        let delays: Vec<_> = [0, 1, 2, 3, 4, 8, 9, 10, u32::MAX]
            .map(|deaths| delay_after(deaths).as_millis())
            .into();
        assert_eq!(delays, [0, 0, 250, 500, 1000, 16_000, 30_000, 30_000, 30_000]);
    }
}
