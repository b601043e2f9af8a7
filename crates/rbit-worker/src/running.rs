//! Jobs that run at this moment, by their number at the front-end.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rbit_job::{
    Cancellation, JobId, JobKey,
    port::{StopCause, StopSignal},
};
use tokio::sync::watch;

use crate::shutdown::ShutdownWatch;

/// The jobs that can be called off.
///
/// A job enters before it is claimed: a cancellation is noted in the journal first and looked for here afterwards, so it meets the
/// job in one of the two places.
#[derive(Clone, Debug, Default)]
pub(crate) struct Running(Arc<Mutex<HashMap<JobKey, Entry>>>);

#[derive(Debug)]
struct Entry {
    job: JobId,
    web_host: Option<String>,
    cancel: watch::Sender<bool>,
}

impl Running {
    /// Enters a job.
    pub(crate) fn enter(&self, key: &JobKey, job: &JobId, web_host: Option<&str>) -> Entered {
        let cancel = watch::Sender::new(false);
        let is_cancelled = cancel.subscribe();
        let entry = Entry {
            job: job.clone(),
            web_host: web_host.map(str::to_owned),
            cancel,
        };
        self.entries().insert(key.clone(), entry);
        Entered {
            key: key.clone(),
            is_cancelled,
            running: self.clone(),
        }
    }

    /// Stops what a cancellation means; how many jobs that were.
    pub(crate) fn cancel(&self, cancellation: &Cancellation) -> usize {
        let entries = self.entries();
        let meant = entries
            .values()
            .filter(|entry| cancellation.means(&entry.job, entry.web_host.as_deref()));
        let meant: Vec<_> = meant.collect();
        for entry in &meant {
            entry.cancel.send_replace(true);
        }
        meant.len()
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<JobKey, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job's place among those that run; it leaves when dropped.
#[derive(Debug)]
pub(crate) struct Entered {
    key: JobKey,
    is_cancelled: watch::Receiver<bool>,
    running: Running,
}

impl Entered {
    /// Resolves when the job is called off, or the box halts.
    pub(crate) fn stop_signal(&self, shutdown: &ShutdownWatch) -> StopSignal {
        let (mut is_cancelled, halt) = (self.is_cancelled.clone(), shutdown.stop_signal());
        Box::pin(async move {
            tokio::select! {
                biased;
                Ok(_) = is_cancelled.wait_for(|is_cancelled| *is_cancelled) => StopCause::Cancel,
                cause = halt => cause,
            }
        })
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.running.entries().remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use rbit_job::QueueName;

    use super::*;
    use crate::shutdown::Shutdown;

    fn enter(running: &Running, job: &str) -> Entered {
        let key = JobKey::of(&QueueName::new("q").unwrap(), Some(job), b"");
        running.enter(&key, &JobId::new(job).unwrap(), Some("pybit:8080"))
    }

    fn cancellation(job: &str, web_host: Option<&str>) -> Cancellation {
        Cancellation {
            job: JobId::new(job).unwrap(),
            web_host: web_host.map(str::to_owned),
        }
    }

    #[tokio::test]
    async fn a_cancellation_stops_the_job_it_means_and_no_other() {
        let (running, shutdown) = (Running::default(), Shutdown::new());
        let (first, second) = (enter(&running, "1"), enter(&running, "2"));
        assert_eq!(running.cancel(&cancellation("1", Some("pybit:8080"))), 1);
        assert_eq!(first.stop_signal(&shutdown.watch()).await, StopCause::Cancel);
        assert!(!*second.is_cancelled.borrow());
        assert_eq!(running.cancel(&cancellation("1", Some("other:8080"))), 0);
    }

    #[test]
    fn a_job_that_has_ended_cannot_be_cancelled() {
        let running = Running::default();
        drop(enter(&running, "1"));
        assert_eq!(running.cancel(&cancellation("1", None)), 0);
    }
}
