//! Step 3, and the claim: from a message's bytes to a job that this box runs.

use std::sync::Arc;

use rbit_job::{
    Attempt, Disposition, Ending, JobId, JobKey, JobRecord, JobRequest, Outcome, QueueName, QueuePolicy, Reason,
    error_chain,
    health::Part,
    port::{Claim, Claimed, Delivery},
    verdict::judge,
};
use tracing::{Span, error, info};

use crate::{lane::Lane, parts::Parts, running::Entered};

/// What is known of a message before it is decoded.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) key: JobKey,
    pub(crate) queue: QueueName,
    pub(crate) attempt: Attempt,
    is_fresh: bool,
    is_requeued: bool,
    body: Vec<u8>,
}

impl Arrival {
    /// Reads what the delivery says, and takes its body out: the adapter keeps what it needs to settle.
    pub(crate) fn of(delivery: &mut Delivery) -> Self {
        Self {
            key: delivery.key(),
            queue: delivery.queue.clone(),
            attempt: delivery.attempt,
            is_fresh: !delivery.redelivered && delivery.attempt == Attempt::FIRST,
            is_requeued: delivery.requeued.is_some(),
            body: std::mem::take(&mut delivery.body),
        }
    }

    /// The job that it means, and the front-end that counts so, if it means any.
    pub(crate) fn address(&self) -> Option<(JobId, Option<String>)> {
        let request = JobRequest::decode(&self.body).ok()?;
        Some((request.job, request.web_host))
    }
}

/// A job that is ours to run.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) key: JobKey,
    pub(crate) queue: QueueName,
    pub(crate) lane: Arc<Lane>,
    pub(crate) request: JobRequest,
    pub(crate) attempt: Attempt,
    /// A person asked for it once more.
    pub(crate) is_requeued: bool,
    /// It was cancelled before it could run.
    pub(crate) is_called_off: bool,
    pub(crate) entered: Entered,
}

/// What came of trying to take a message up.
#[derive(Debug)]
pub(crate) enum Taken {
    /// It is a job, and we run it.
    Job(Box<Job>),
    /// It ended before, and its report is sent or in the outbox. What was decided about its message was not carried out, or
    /// nobody heard of it: it is carried out again.
    Repeated(Disposition),
    /// It cannot be run here.
    Refused(Outcome),
}

impl From<Ending> for Taken {
    fn from(ending: Ending) -> Self {
        Self::Refused(Outcome::Ended(ending))
    }
}

/// Decodes a message, finds what serves its queue, and claims it in the journal.
pub(crate) async fn take_up(parts: &Parts, arrival: &Arrival) -> Taken {
    let request = match JobRequest::decode(&arrival.body) {
        Ok(request) => request,
        Err(error) => return Ending::refused(Reason::Undecodable, error.to_string()).into(),
    };
    Span::current().record("job.id", request.job.as_str());
    let Some(lane) = parts.lanes.get(&arrival.queue) else {
        let text = format!("no runner serves queue `{}`", arrival.queue);
        return Ending::refused(Reason::UnknownRunner, text).into();
    };
    Span::current().record("runner.name", lane.runner.name.as_str());
    claim(parts, arrival, Arc::clone(lane), request).await
}

async fn claim(parts: &Parts, arrival: &Arrival, lane: Arc<Lane>, request: JobRequest) -> Taken {
    let claim = Claim {
        key: arrival.key.clone(),
        queue: arrival.queue.clone(),
        runner: lane.runner.name.clone(),
        job: request.job.clone(),
        web_host: request.web_host.clone(),
        package: request.package.clone(),
        version: request.version.clone(),
        attempt: arrival.attempt,
        is_fresh: arrival.is_fresh,
        now: parts.clock.now(),
    };
    let entered = parts.running.enter(&claim.key, &claim.job, claim.web_host.as_deref());
    let ours = |attempt: Attempt, is_called_off| {
        Span::current().record("attempt", attempt.number());
        let (key, queue, lane) = (arrival.key.clone(), arrival.queue.clone(), Arc::clone(&lane));
        Taken::Job(Box::new(Job {
            key,
            queue,
            lane,
            request,
            attempt,
            is_requeued: arrival.is_requeued,
            is_called_off,
            entered,
        }))
    };
    match parts.journal.claim(&claim).await {
        Ok(Claimed::Start(attempt)) => ours(attempt, false),
        Ok(Claimed::Cancelled(attempt)) => ours(attempt, true),
        Ok(Claimed::AlreadyFinished(record)) => Taken::Repeated(repeat(&record, &lane.policy)),
        Ok(Claimed::Superseded) => {
            info!("an older copy of a message whose later attempt was taken up");
            Taken::Repeated(Disposition::Ack)
        }
        Err(fault) => {
            parts.health.ill(Part::Journal, &error_chain(&fault), false);
            error!(error = &fault as &dyn std::error::Error, "cannot claim the job");
            Ending::HostFault(fault.to_string()).into()
        }
    }
}

/// What was decided about a job that has ended: the same as then, from the same outcome and attempt.
fn repeat(record: &JobRecord, policy: &QueuePolicy) -> Disposition {
    let Some(outcome) = &record.outcome else {
        return Disposition::Ack;
    };
    info!(outcome = %outcome.reason(), "job has ended before");
    judge(outcome, record.attempt, policy).disposition
}
