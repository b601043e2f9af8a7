//! Step 5: the front-end and listeners hear that the job is being built.

use rbit_job::{
    Status, error_chain,
    port::{JournalError, Report},
};
use tracing::warn;

use crate::{parts::Parts, take_up::Job};

/// Says that the job is being built. Whoever does not take it does not stop the work.
pub(crate) async fn announce(parts: &Parts, job: &Job) {
    let report = Report {
        job: job.request.job.clone(),
        web_host: job.request.web_host.clone(),
        status: Status::Building,
    };
    if let Err(error) = tell_front_end(parts, job, &report).await {
        warn!(error = &error as &dyn std::error::Error, "job starts unannounced");
    }
    if let Some(events) = &parts.events {
        events.building(job).await;
    }
}

/// Tells the front-end at once, so that it can call the job off; unless it has yet to hear how an earlier attempt ended, or cannot be
/// told now. Then it hears of this one after that, if the attempt still runs.
async fn tell_front_end(parts: &Parts, job: &Job, report: &Report) -> Result<(), JournalError> {
    let turn = parts.outbox.turn_for(report).await;
    let unsent = parts
        .journal
        .has_unsent_reports(&report.job, report.web_host.as_deref());
    let has_to_wait = unsent.await?;
    if !has_to_wait && tell_now(parts, report).await {
        return Ok(());
    }
    parts.journal.add_start(&job.key, report, parts.clock.now()).await?;
    drop(turn);
    parts.outbox.wake();
    Ok(())
}

/// Whether it need not be told later: it was taken, or never will be.
async fn tell_now(parts: &Parts, report: &Report) -> bool {
    let Err(error) = parts.reporter.report(report).await else {
        return true;
    };
    let is_final = !error.is_transient();
    let error = error_chain(&error);
    match is_final {
        true => warn!(error, "job starts unannounced"),
        false => warn!(error, "the start of the job is told later"),
    }
    is_final
}
