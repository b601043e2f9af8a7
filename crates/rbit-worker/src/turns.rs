//! One thing at a time is told about a job.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rbit_job::{JobId, port::Report};
use tokio::sync::Notify;

/// The jobs about which somebody is being told something.
///
/// The start of an attempt is told by the job itself, and what became of the one before by the task that sends reports: without
/// turns, the front-end could hear the two in either order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turns(Arc<Table>);

#[derive(Debug, Default)]
struct Table {
    taken: Mutex<HashSet<Job>>,
    given_back: Notify,
}

/// A job as its front-end counts it.
type Job = (JobId, Option<String>);

impl Turns {
    /// Waits until nobody is being told anything about the job of this report.
    pub(crate) async fn wait_for(&self, report: &Report) -> Turn {
        let job = (report.job.clone(), report.web_host.clone());
        loop {
            // Made before the table is looked at, so that it hears of every turn that is given back after that.
            let given_back = self.0.given_back.notified();
            if self.0.taken().insert(job.clone()) {
                let table = Arc::clone(&self.0);
                return Turn { job, table };
            }
            given_back.await;
        }
    }
}

impl Table {
    fn taken(&self) -> MutexGuard<'_, HashSet<Job>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to tell something about a job; given back when dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    job: Job,
    table: Arc<Table>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.table.taken().remove(&self.job);
        self.table.given_back.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::{Future, poll_fn},
        pin::{Pin, pin},
        task::Poll,
    };

    use rbit_job::Status;

    use super::*;

    fn report(job: &str, web_host: Option<&str>) -> Report {
        Report {
            job: JobId::new(job).unwrap(),
            web_host: web_host.map(str::to_owned),
            status: Status::Done,
        }
    }

    async fn is_pending<F: Future>(mut future: Pin<&mut F>) -> bool {
        poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_pending())).await
    }

    #[tokio::test]
    async fn a_job_has_one_turn_at_a_time_and_each_has_its_own() {
        let turns = Turns::default();
        let first = turns.wait_for(&report("1", Some("a"))).await;
        for other in [report("2", Some("a")), report("1", Some("b")), report("1", None)] {
            turns.wait_for(&other).await;
        }
        let same = report("1", Some("a"));
        let mut second = pin!(turns.wait_for(&same));
        assert!(is_pending(second.as_mut()).await);
        drop(first);
        assert!(!is_pending(second.as_mut()).await);
    }
}
