//! Steps 4 to 8: one attempt, from the claim to its outcome.

use std::sync::Arc;

use rbit_job::{
    Artifact, Ending, Outcome, Plan, Status, Usage,
    port::{Report, StopSignal},
};
use tracing::{debug, warn};

use crate::{collect, guest_log::SpanLog, parts::Parts, take_up::Job, workspace::Workspace};

/// How an attempt went.
#[derive(Debug)]
pub(crate) struct Performed {
    pub(crate) outcome: Outcome,
    pub(crate) usage: Usage,
}

/// Runs one attempt. Whichever step cannot go on decides the outcome.
pub(crate) async fn perform(parts: &Parts, job: &Job, stop: StopSignal) -> Performed {
    let mut usage = Usage::default();
    let outcome = attempt(parts, job, stop, &mut usage).await.into();
    Performed { outcome, usage }
}

async fn attempt(parts: &Parts, job: &Job, stop: StopSignal, usage: &mut Usage) -> Result<Vec<Artifact>, Ending> {
    spare_attempt(job)?;
    consult(parts, job).await?;
    let plan = Plan::new(
        &job.queue,
        &job.request,
        &job.lane.runner,
        job.attempt,
        parts.clock.now(),
    )?;
    announce(parts, job).await;
    let workspace = Workspace::create(&parts.scratch)?;
    let execution = parts
        .executor
        .execute(&plan, workspace.folders(), Arc::new(SpanLog::current()), stop)
        .await;
    *usage = execution.usage;
    let artifacts = match execution.result {
        Ok(names) => collect::collect(&workspace, names, &plan).await,
        Err(ending) => Err(ending),
    };
    workspace.remove().await;
    artifacts
}

/// A job that ends the process each time it runs never reaches a verdict of its own: its attempts are counted here.
fn spare_attempt(job: &Job) -> Result<(), Ending> {
    let allowed = job.lane.policy.max_attempts;
    if job.attempt.number() > allowed {
        return Err(Ending::HostFault(format!(
            "none of its {allowed} attempts came to an end"
        )));
    }
    Ok(())
}

/// Asks the front-end whether the job is still wanted.
async fn consult(parts: &Parts, job: &Job) -> Result<(), Ending> {
    let standing = parts
        .reporter
        .standing(&job.request.job, job.request.web_host.as_deref())
        .await;
    debug!(?standing, "asked the front-end");
    if standing.may_start() {
        Ok(())
    } else {
        Err(Ending::Skipped(standing))
    }
}

/// Says that the job is being built. A front-end that does not take it does not stop the work.
async fn announce(parts: &Parts, job: &Job) {
    let report = Report {
        job: job.request.job.clone(),
        web_host: job.request.web_host.clone(),
        status: Status::Building,
    };
    if let Err(error) = parts.reporter.report(&report).await {
        warn!(error = &error as &dyn std::error::Error, "job starts unannounced");
    }
}
