//! What there is between jobs and the child they run in.

use std::{
    collections::HashMap,
    net::{IpAddr, Shutdown},
    os::unix::net::UnixStream,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    time::{Duration, Instant},
};

use rbit_job::{
    Ending, Limits, Mount, Plan, Reason, Usage,
    http::{HttpExchange, HttpGrant, Target},
    port::{Execution, Folders, GuestLog, GuestStream, StopCause},
};
use rbit_sandbox::{Dial, Place, printable};
use tokio::sync::oneshot;

use super::{
    accept::{Known, accept},
    dials::{Answered, Dials},
    handle::JobHandle,
    job_log::{self, JobLog},
    on_the_way::{Handed, OnTheWay},
};
use crate::wire::{self, Dialled, Done, Run, ToChild, Violation};

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
    orders: Option<mpsc::Sender<Order>>,
    is_retired: bool,
    /// Whether a guest has come to its end in this child.
    has_succeeded: bool,
}

/// What is said to a child, and what is handed to it.
pub(super) struct Order {
    pub(super) frame: Vec<u8>,
    pub(super) connection: Option<Handed>,
}

struct Job {
    done: oneshot::Sender<Finished>,
    log: JobLog,
    dials: tokio::sync::mpsc::UnboundedSender<wire::Dial>,
    /// Connections that it may still ask for.
    dials_left: u32,
    grant: HttpGrant,
    on_the_way: OnTheWay,
    /// Connections that it was given, of which no request has been noted.
    unnoted: Vec<(String, IpAddr)>,
    started: Instant,
    stopped: Option<StopCause>,
    /// When we stop waiting for the child.
    overdue: Option<Instant>,
    limits: Limits,
    /// The room that the job takes, given back when it is over.
    _place: Place,
}

/// How a job ended, and the rest of its output.
pub(super) struct Finished {
    pub(super) execution: Execution,
    pub(super) log: job_log::Ended,
}

/// A job before it has been given to a child.
pub(crate) struct Work {
    pub(crate) plan: Plan,
    pub(crate) folders: Folders,
    pub(crate) log: Arc<dyn GuestLog>,
    pub(crate) place: Place,
    /// Makes the connections of its requests.
    pub(crate) dial: Arc<dyn Dial>,
}

/// Why a child did not take a job.
pub(crate) enum NotTaken {
    /// Another child will.
    Closed(Box<Work>),
    /// No child will.
    Never(Ending),
}

impl Link {
    pub(super) fn new(stream: UnixStream, orders: mpsc::Sender<Order>) -> Self {
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
        let (wish, wishes) = tokio::sync::mpsc::unbounded_channel();
        let dials = Dials::of(&work.plan, wishes, work.dial.clone());
        let job = Job::new(work, done, wish);
        let overdue = job.overdue;
        jobs.running.insert(id, job);
        Ok(JobHandle {
            link: self.clone(),
            id,
            is_done,
            dials,
            overdue,
            is_over: false,
        })
    }

    /// Tells the child what its jobs will be like. One that does not hear it does them all the same.
    pub(crate) fn expect(&self, limits: &Limits, mounts: &[Mount]) {
        let expect = wire::Expect {
            limits: *limits,
            mounts: mounts.to_vec(),
        };
        if let Some(frame) = ToChild::Expect(Box::new(expect)).encode() {
            self.jobs().say(frame);
        }
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
        job.exchange(exchange)
    }

    /// A connection that a job's guest needs.
    pub(super) fn dial(&self, id: u64, dial: wire::Dial) -> Result<(), Violation> {
        let mut jobs = self.jobs();
        let job = jobs.running.get_mut(&id).ok_or(Violation::UnknownJob(id))?;
        job.dial(dial)
    }

    /// The end of a job.
    pub(super) fn done(&self, id: u64, done: Done) -> Result<(), Violation> {
        let mut jobs = self.jobs();
        let job = jobs.running.remove(&id).ok_or(Violation::UnknownJob(id))?;
        match accept(done, job.known()) {
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

    /// Tells the child to stop a job. Returns when it is to be over.
    pub(super) fn stop(&self, id: u64, cause: StopCause) -> Option<Instant> {
        let mut jobs = self.jobs();
        let grace = stop_grace(jobs.running.len().saturating_sub(1));
        let job = jobs.running.get_mut(&id)?;
        if job.stopped.is_some() {
            return job.overdue;
        }
        job.stopped = Some(cause);
        job.overdue = Instant::now().checked_add(grace);
        let overdue = job.overdue;
        if let Some(frame) = ToChild::Stop(id, cause).encode() {
            jobs.say(frame);
        }
        overdue
    }

    /// Ends the child if a job in it is overdue: whoever listens to it hears no more, and kills it.
    pub(super) fn end_if_overdue(&self) {
        if self.is_overdue() {
            let _ = self.stream.shutdown(Shutdown::Both);
        }
    }

    /// Tells the child what came of a wish, and hands the connection over.
    pub(super) fn answer(&self, id: u64, answered: Answered) {
        let mut jobs = self.jobs();
        let Some(job) = jobs.running.get_mut(&id) else { return };
        let (result, connection) = match answered.result {
            Ok(connection) => (Ok(connection.address), job.on_the_way.send(connection.stream)),
            Err(why) => (Err(why), None),
        };
        if result.is_ok() && connection.is_none() {
            // It does not take what it asks for.
            let _ = self.stream.shutdown(Shutdown::Both);
            return;
        }
        if let Ok(address) = result {
            job.unnoted.push((answered.target, address));
        }
        let number = answered.number;
        if let Some(frame) = ToChild::Dialled(id, Dialled { number, result }).encode() {
            jobs.give(Order { frame, connection });
        }
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Jobs {
    fn say(&mut self, frame: Vec<u8>) -> bool {
        let connection = None;
        self.give(Order { frame, connection })
    }

    fn give(&mut self, order: Order) -> bool {
        self.orders.as_ref().is_some_and(|orders| orders.send(order).is_ok())
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
    fn new(work: Work, done: oneshot::Sender<Finished>, dials: tokio::sync::mpsc::UnboundedSender<wire::Dial>) -> Self {
        let (started, limits) = (Instant::now(), &work.plan.limits);
        Self {
            done,
            log: JobLog::new(work.log, limits.log),
            dials,
            // Each request connects once at most.
            dials_left: work.plan.http.as_ref().map_or(0, |_| limits.http_requests),
            grant: work.plan.http.clone().unwrap_or_default(),
            on_the_way: OnTheWay::for_requests(limits.http_concurrency),
            unnoted: Vec::new(),
            started,
            stopped: None,
            overdue: started.checked_add(limits.timeout.saturating_add(TIMEOUT_GRACE)),
            limits: *limits,
            _place: work.place,
        }
    }

    fn known(&self) -> Known {
        Known {
            stopped: self.stopped,
            wall: self.started.elapsed(),
            limits: self.limits,
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
                let text = format!(
                    "timeout: limit {:?} is over, and it could not be stopped",
                    self.limits.timeout
                );
                Ending::failed(Reason::Timeout, text)
            }
            None => Ending::HostFault(fault.to_owned()),
        }
    }

    /// Takes a wish for a connection. A sandbox has refused what no pattern means: who asks for it all the same is none.
    fn dial(&mut self, dial: wire::Dial) -> Result<(), Violation> {
        self.dials_left = self.dials_left.checked_sub(1).ok_or(Violation::Connections)?;
        let target = Target::parse(&dial.scheme, &dial.authority);
        if !target.is_ok_and(|target| self.grant.lets_through(&target)) {
            let place = format!("{}://{}", dial.scheme, dial.authority);
            return Err(Violation::Place(printable(&place, MAX_PLACE)));
        }
        // Fails when the job is about to be over.
        let _ = self.dials.send(dial);
        Ok(())
    }

    /// Takes a request that is over. The address it went to is the one that we connected to.
    fn exchange(&mut self, exchange: HttpExchange) -> Result<(), Violation> {
        if let Some(address) = exchange.address {
            let is_it = |(_, connected): &(String, IpAddr)| *connected == address;
            let known = self.unnoted.iter().position(is_it).ok_or(Violation::Unconnected)?;
            self.unnoted.swap_remove(known);
        }
        self.log.exchange(exchange)
    }

    /// Notes the connections of which the child has said nothing.
    fn note_the_rest(&mut self) {
        for (target, address) in self.unnoted.drain(..) {
            // More than may be noted are as many as may be made.
            let _ = self.log.exchange(HttpExchange::unknown(target, address));
        }
    }

    fn finish(mut self, execution: Execution) {
        self.note_the_rest();
        let log = self.log.end();
        // Whoever waited may have given up.
        let _ = self.done.send(Finished { execution, log });
    }
}

/// How long a child may take to stop a job, with so many others in it. It says within 50 ms that a guest is gone, or that it is out of
/// hearing and can change nothing any more; one that does not is stuck or hostile. Its end is that of the others as well, so they have
/// it wait for a busy machine.
fn stop_grace(others: usize) -> Duration {
    match others {
        0 => STOP_GRACE,
        _ => SHARED_STOP_GRACE,
    }
}

fn run_of(work: &Work) -> Run {
    Run {
        plan: work.plan.clone(),
        work: work.folders.work.clone(),
        output: work.folders.output.clone(),
    }
}

const STOP_GRACE: Duration = Duration::from_millis(100);
const SHARED_STOP_GRACE: Duration = Duration::from_millis(500);
/// Bytes of a place that are shown.
const MAX_PLACE: usize = 256;
/// How much longer than its timeout a job may take: its child ends it in time, and says what it used, or is stuck.
const TIMEOUT_GRACE: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_with_nothing_else_to_do_has_no_longer_than_a_stop_may_take() {
        let graces = [0, 1, 100].map(|others| stop_grace(others).as_millis());
        assert_eq!(graces, [100, 500, 500]);
    }
}
