//! Whether nobody needs the processor that an instance would be made with.

use std::{
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Counts the jobs that are there, and knows when the last one left.
pub(super) struct Quiet {
    jobs: Mutex<Jobs>,
    changed: Condvar,
    is_over: AtomicBool,
}

#[derive(Clone, Copy)]
struct Jobs {
    present: usize,
    /// When the last one left; before the first one, when there could have been any.
    left: Instant,
}

impl Quiet {
    pub(super) fn new() -> Self {
        Self {
            jobs: Mutex::new(Jobs {
                present: 0,
                left: Instant::now(),
            }),
            changed: Condvar::new(),
            is_over: AtomicBool::new(false),
        }
    }

    /// A job is there.
    pub(super) fn enter(&self) {
        self.jobs().present += 1;
    }

    /// It has ended. Says whether another one is there.
    pub(super) fn leave(&self) -> bool {
        let mut jobs = self.jobs();
        jobs.present = jobs.present.saturating_sub(1);
        jobs.left = Instant::now();
        jobs.present > 0
    }

    /// Nothing is to be made any more.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
        // Whoever is about to wait has looked before, or looks after this.
        drop(self.jobs());
        self.changed.notify_all();
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Waits until no job has been there for a while. False if that is not wanted any more.
    pub(super) fn wait(&self) -> bool {
        let mut jobs = self.jobs();
        loop {
            if self.is_over() {
                return false;
            }
            let left = jobs.until_quiet(Instant::now());
            if left.is_zero() {
                return true;
            }
            jobs = match self.changed.wait_timeout(jobs, left) {
                Ok((jobs, _)) => jobs,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Jobs {
    /// How long it takes until it is quiet, if nothing changes; or until it is worth looking again.
    fn until_quiet(self, now: Instant) -> Duration {
        match self.present {
            0 => PAUSE.saturating_sub(now.saturating_duration_since(self.left)),
            _ => PAUSE,
        }
    }
}

/// How long the last job must be gone: where one follows the other, the next is here before that.
pub(super) const PAUSE: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use std::{sync::Arc, thread};

    use super::*;

    #[test]
    fn it_is_quiet_a_while_after_the_last_job() {
        let now = Instant::now();
        let at = |present, ms| {
            let left = now.checked_sub(Duration::from_millis(ms)).unwrap();
            Jobs { present, left }.until_quiet(now).as_millis()
        };
        assert_eq!((at(0, 0), at(0, 49), at(0, 50), at(0, 1000)), (50, 1, 0, 0));
        assert_eq!((at(1, 0), at(2, 1000)), (50, 50));
    }

    #[test]
    fn who_waits_for_it_hears_that_nothing_is_wanted_any_more() {
        let quiet = Arc::new(Quiet::new());
        assert!(quiet.wait());
        quiet.enter();
        quiet.enter();
        assert!(quiet.leave());
        let waiting = thread::spawn({
            let quiet = quiet.clone();
            move || quiet.wait()
        });
        quiet.end();
        assert!(!waiting.join().unwrap());
        assert!(!quiet.leave());
    }
}
