//! What there is between jobs and the child they run in.

use std::{
    collections::HashMap,
    net::Shutdown,
    os::unix::net::UnixStream,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    time::{Duration, Instant},
};

use rbit_job::{
    Ending, Plan, Reason, Usage,
    http::HttpExchange,
    port::{Execution, Folders, GuestLog, GuestStream, StopCause, StopSignal},
};
use rbit_sandbox::Place;
use tokio::sync::oneshot;

use super::{
    accept::accept,
    job_log::{self, JobLog},
};
use crate::wire::{Done, Run, ToChild, Violation};

/// A child that jobs can be given to, for as long as it lives and is wanted.
pub(crate) struct Link {
    jobs: Mutex<Jobs>,
    /// To end the conversation from any thread.
    stream: UnixStream,
}

struct Jobs {
    running: HashMap<u64, Job>,
    last_id: u64,
    /// None when there is nothing more to be said to the child.
    orders: Option<mpsc::Sender<Vec<u8>>>,
    is_retired: bool,
    /// Whether a guest has come to its end in this child.
    has_succeeded: bool,
}

struct Job {
    done: oneshot::Sender<Finished>,
    log: JobLog,
    started: Instant,
    stopped: Option<StopCause>,
    /// When we stop waiting for the child.
    overdue: Option<Instant>,
    timeout: Duration,
    /// The room that the job takes, given back when it is over.
    _place: Place,
}

/// How a job ended, and the rest of its output.
struct Finished {
    execution: Execution,
    log: job_log::Ended,
}

/// A job before it has been given to a child.
pub(crate) struct Work {
    pub(crate) plan: Plan,
    pub(crate) folders: Folders,
    pub(crate) log: Arc<dyn GuestLog>,
    pub(crate) place: Place,
}

/// Why a child did not take a job.
pub(crate) enum NotTaken {
    /// Another child will.
    Closed(Box<Work>),
    /// No child will.
    Never(Ending),
}

impl Link {
    pub(super) fn new(stream: UnixStream, orders: mpsc::Sender<Vec<u8>>) -> Self {
        let jobs = Jobs {
            running: HashMap::new(),
            last_id: 0,
            orders: Some(orders),
            is_retired: false,
            has_succeeded: false,
        };
        Self {
            jobs: Mutex::new(jobs),
            stream,
        }
    }

    /// Gives the child a job.
    pub(crate) fn run(self: &Arc<Self>, work: Work) -> Result<JobHandle, NotTaken> {
        let mut jobs = self.jobs();
        let id = jobs.last_id + 1;
        let run = ToChild::Run(id, Box::new(run_of(&work)));
        let Some(frame) = run.encode() else {
            let text = "the job's settings and paths are too long, or no UTF-8, and cannot be passed on to a process";
            return Err(NotTaken::Never(Ending::HostFault(text.to_owned())));
        };
        if jobs.is_retired || !jobs.say(frame) {
            return Err(NotTaken::Closed(Box::new(work)));
        }
        jobs.last_id = id;
        let (done, is_done) = oneshot::channel();
        jobs.running.insert(id, Job::new(work, done));
        Ok(JobHandle {
            link: self.clone(),
            id,
            is_done,
            is_over: false,
        })
    }

    /// Whether it takes jobs.
    pub(super) fn is_open(&self) -> bool {
        let jobs = self.jobs();
        jobs.orders.is_some() && !jobs.is_retired
    }

    /// Has it take no more jobs, and leave when those that it has are over.
    pub(super) fn retire(&self) {
        let mut jobs = self.jobs();
        jobs.is_retired = true;
        jobs.leave_if_done(&self.stream);
    }

    /// Ends it with whatever it is doing.
    pub(super) fn abandon(&self) {
        self.retire();
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// A line of a job's output.
    pub(super) fn line(&self, id: u64, stream: GuestStream, line: &str) -> Result<(), Violation> {
        let mut jobs = self.jobs();
        let job = jobs.running.get_mut(&id).ok_or(Violation::UnknownJob(id))?;
        job.log.line(stream, line)
    }

    /// A request of a job's guest.
    pub(super) fn exchange(&self, id: u64, exchange: HttpExchange) -> Result<(), Violation> {
        let mut jobs = self.jobs();
        let job = jobs.running.get_mut(&id).ok_or(Violation::UnknownJob(id))?;
        job.log.exchange(exchange)
    }

    /// The end of a job.
    pub(super) fn done(&self, id: u64, done: Done) -> Result<(), Violation> {
        let mut jobs = self.jobs();
        let job = jobs.running.remove(&id).ok_or(Violation::UnknownJob(id))?;
        match accept(done, job.stopped, job.started.elapsed()) {
            Ok(done) => {
                jobs.has_succeeded = true;
                jobs.leave_if_done(&self.stream);
                job.finish(Execution {
                    result: done.result,
                    usage: done.usage,
                });
                Ok(())
            }
            Err(violation) => {
                // It ends with the child.
                jobs.running.insert(id, job);
                Err(violation)
            }
        }
    }

    /// Whether there is a job whose end should have come.
    pub(super) fn is_overdue(&self) -> bool {
        let now = Instant::now();
        self.jobs().running.values().any(|job| job.is_overdue(now))
    }

    /// Whether it was to leave.
    pub(super) fn is_retired(&self) -> bool {
        self.jobs().is_retired
    }

    /// Whether a job has come to its end in it.
    pub(super) fn has_succeeded(&self) -> bool {
        self.jobs().has_succeeded
    }

    /// The child is no more. What ran in it ends with `fault`, unless it was to end anyway. Returns how many jobs that were.
    pub(super) fn close(&self, fault: &str) -> usize {
        let now = Instant::now();
        let mut jobs = self.jobs();
        jobs.orders = None;
        let lost = jobs.running.len();
        for (_, job) in jobs.running.drain() {
            let usage = Usage {
                wall: job.started.elapsed(),
                ..Usage::default()
            };
            let result = Err(job.ending(now, fault));
            job.finish(Execution { result, usage });
        }
        lost
    }

    fn stop(&self, id: u64, cause: StopCause) {
        let mut jobs = self.jobs();
        let Some(job) = jobs.running.get_mut(&id) else { return };
        if job.stopped.is_some() {
            return;
        }
        job.stopped = Some(cause);
        job.overdue = Instant::now().checked_add(STOP_GRACE);
        if let Some(frame) = ToChild::Stop(id, cause).encode() {
            jobs.say(frame);
        }
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Jobs {
    fn say(&mut self, frame: Vec<u8>) -> bool {
        self.orders.as_ref().is_some_and(|orders| orders.send(frame).is_ok())
    }

    /// The child leaves when nobody can speak to it any more.
    fn leave_if_done(&mut self, stream: &UnixStream) {
        if self.is_retired && self.running.is_empty() {
            self.orders = None;
            let _ = stream.shutdown(Shutdown::Write);
        }
    }
}

impl Job {
    fn new(work: Work, done: oneshot::Sender<Finished>) -> Self {
        let (started, limits) = (Instant::now(), &work.plan.limits);
        Self {
            done,
            log: JobLog::new(work.log, limits.log),
            started,
            stopped: None,
            overdue: started.checked_add(limits.timeout.saturating_add(TIMEOUT_GRACE)),
            timeout: limits.timeout,
            _place: work.place,
        }
    }

    fn is_overdue(&self, now: Instant) -> bool {
        self.overdue.is_some_and(|overdue| now >= overdue)
    }

    /// What it ends with when its child does.
    fn ending(&self, now: Instant, fault: &str) -> Ending {
        match self.stopped {
            Some(cause) => cause.into(),
            None if self.is_overdue(now) => {
                let text = format!("timeout: limit {:?} is over, and it could not be stopped", self.timeout);
                Ending::failed(Reason::Timeout, text)
            }
            None => Ending::HostFault(fault.to_owned()),
        }
    }

    fn finish(self, execution: Execution) {
        let log = self.log.end();
        // Whoever waited may have given up.
        let _ = self.done.send(Finished { execution, log });
    }
}

/// A job that a child has been given. Dropping it stops the job.
pub(crate) struct JobHandle {
    link: Arc<Link>,
    id: u64,
    is_done: oneshot::Receiver<Finished>,
    is_over: bool,
}

impl JobHandle {
    /// Waits for its end, or for the end that `stop` asks for.
    pub(crate) async fn end(mut self, stop: StopSignal) -> Execution {
        let finished = tokio::select! {
            biased;
            finished = &mut self.is_done => finished,
            cause = stop => {
                self.link.stop(self.id, cause);
                (&mut self.is_done).await
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
            self.link.stop(self.id, StopCause::Drain);
        }
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

fn run_of(work: &Work) -> Run {
    Run {
        plan: work.plan.clone(),
        work: work.folders.work.clone(),
        output: work.folders.output.clone(),
    }
}

/// How long a child may take to stop a job. It takes milliseconds, unless the guest is in a system call that does not come back.
const STOP_GRACE: Duration = Duration::from_secs(2);
/// How much longer than its timeout a job may take: its child ends it in time, or is stuck.
const TIMEOUT_GRACE: Duration = Duration::from_secs(5);
/// How long a result waits for its own log.
const LOG_GRACE: Duration = Duration::from_secs(2);
