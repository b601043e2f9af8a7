//! A job that runs in a child, as whoever waits for it has it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use rbit_job::{
    Ending, Usage,
    port::{Execution, StopCause, StopSignal},
};
use tokio::sync::oneshot;

use super::{
    dials::Dials,
    job_log,
    link::{Finished, Link},
};

/// A job that a child has been given. Dropping it stops the job.
pub(crate) struct JobHandle {
    pub(super) link: Arc<Link>,
    pub(super) id: u64,
    pub(super) is_done: oneshot::Receiver<Finished>,
    pub(super) dials: Dials,
    /// When it should be over by itself.
    pub(super) overdue: Option<Instant>,
    pub(super) is_over: bool,
}

impl JobHandle {
    /// Waits for its end, or for the end that `stop` asks for.
    pub(crate) async fn end(mut self, mut stop: StopSignal) -> Execution {
        let mut is_stopped = false;
        let mut overdue = Box::pin(until(self.overdue));
        let finished = loop {
            tokio::select! {
                biased;
                finished = &mut self.is_done => break finished,
                cause = &mut stop, if !is_stopped => {
                    overdue = Box::pin(until(self.link.stop(self.id, cause)));
                    is_stopped = true;
                }
                () = &mut overdue => {
                    self.link.end_if_overdue();
                    overdue = Box::pin(until(None));
                }
                answered = self.dials.next(), if !is_stopped => self.link.answer(self.id, answered),
            }
        };
        self.is_over = true;
        match finished {
            Ok(Finished { execution, log }) => with_log(execution, log).await,
            Err(_) => Execution {
                result: Err(Ending::HostFault("nobody knows what became of the job".into())),
                usage: Usage::default(),
            },
        }
    }
}

impl Drop for JobHandle {
    fn drop(&mut self) {
        if !self.is_over {
            let _ = self.link.stop(self.id, StopCause::Drain);
        }
    }
}

/// Waits for a moment; for ever where there is none.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment.into()).await,
        None => std::future::pending().await,
    }
}

/// Waits for the rest of the output, if it does not take too long.
async fn with_log(execution: Execution, log: job_log::Ended) -> Execution {
    let Some(written) = log else { return execution };
    match tokio::time::timeout(LOG_GRACE, written).await {
        Ok(Ok(Err(panic))) => Execution {
            result: Err(Ending::HostFault(format!("the sandbox panicked: {panic}"))),
            ..execution
        },
        _ => execution,
    }
}

/// How long a result waits for its own log.
const LOG_GRACE: Duration = Duration::from_secs(2);
