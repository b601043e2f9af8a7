//! Steps 4 to 8: one attempt, from the claim to its outcome.

use std::sync::Arc;

use rbit_fail_point::{FailPoint, passed};
use rbit_job::{Artifact, Ending, Plan, Usage, port::StopSignal};
use rbit_redact::Redactor;
use tracing::debug;

use crate::{
    announce::announce,
    carry_out::{Performed, Workbench, carry_out},
    caught::caught,
    guest_log::SpanLog,
    parts::Parts,
    shutdown::ShutdownWatch,
    take_up::Job,
};

/// Runs one attempt. Whichever step cannot go on decides the outcome.
pub(crate) async fn perform(parts: &Parts, job: &Job, shutdown: &ShutdownWatch) -> Performed {
    let mut usage = Usage::default();
    let ended = caught(attempt(parts, job, shutdown, &mut usage)).await;
    let result = ended.and_then(|result| result);
    let of_runner = Redactor::new(job.lane.runner.secret_values());
    Performed {
        outcome: without_secrets(result, [&of_runner, &parts.hidden]).into(),
        usage,
    }
}

/// Whoever wrote the text or named the file: it is told to everybody. The file itself keeps its name.
fn without_secrets(result: Result<Vec<Artifact>, Ending>, redactors: [&Redactor; 2]) -> Result<Vec<Artifact>, Ending> {
    let [of_runner, own] = redactors;
    let clean = |text: &str| own.text(&of_runner.text(text)).into_owned();
    match result {
        Ok(artifacts) => Ok(artifacts.into_iter().map(|artifact| artifact.in_words(clean)).collect()),
        Err(ending) => Err(ending.in_words(|text| clean(&text))),
    }
}

async fn attempt(
    parts: &Parts,
    job: &Job,
    shutdown: &ShutdownWatch,
    usage: &mut Usage,
) -> Result<Vec<Artifact>, Ending> {
    spare_attempt(job)?;
    let stop = || job.entered.stop_signal(shutdown);
    unless_stopped(stop(), consult(parts, job)).await??;
    let plan = Plan::new(
        &job.queue,
        &job.request,
        &job.lane.runner,
        job.attempt,
        parts.clock.now(),
    )?;
    unless_stopped(stop(), announce(parts, job)).await?;
    passed(FailPoint::Announced);
    let log = Arc::new(SpanLog::current());
    let bench = Workbench {
        executor: &*parts.executor,
        scratch: &parts.scratch,
    };
    carry_out(bench, &plan, &job.key, log, &stop, usage).await
}

/// A job that was called off is not run. One that ends the process each time it runs never reaches a verdict of its own: its
/// attempts are counted here.
fn spare_attempt(job: &Job) -> Result<(), Ending> {
    if job.is_called_off {
        return Err(Ending::Cancelled);
    }
    let (attempt, allowed) = (job.attempt, job.lane.policy.max_attempts);
    if attempt.number() > allowed {
        let text = format!("it comes as attempt {attempt} of {allowed}: the others did not come to an end");
        return Err(Ending::HostFault(text));
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
    let may_start = match job.is_requeued {
        true => standing.may_start_again(),
        false => standing.may_start(),
    };
    if may_start {
        Ok(())
    } else {
        Err(Ending::Skipped(standing))
    }
}

/// Waits for a step that would otherwise keep a job from being stopped: a front-end may take its time.
async fn unless_stopped<T>(stop: StopSignal, step: impl Future<Output = T>) -> Result<T, Ending> {
    tokio::select! {
        biased;
        cause = stop => Err(cause.into()),
        done = step => Ok(done),
    }
}
