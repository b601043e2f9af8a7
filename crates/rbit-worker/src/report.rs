//! Step 10: the outcome becomes durable, and with it what PyBit and listeners are to be told.

use rbit_job::{
    Disposition, JobState, Status, Verdict, error_chain,
    health::Part,
    port::{Finish, JournalError, Report},
};
use tracing::{error, warn};

use crate::{
    carry_out::Performed,
    events::{self, Events},
    parts::Parts,
    take_up::{Arrival, Job},
};

/// Writes outcome, report and event down in one step, and wakes the tasks that send them.
///
/// The front-end is not waited for: a report that is written down reaches it in the end, and a front-end that is down must not
/// hold up the queue. An error means that nothing was written; then the message must not be settled.
pub(crate) async fn report(
    parts: &Parts,
    job: &Job,
    performed: &Performed,
    verdict: &Verdict,
) -> Result<(), JournalError> {
    let address = &job.request;
    let report = verdict.status.map(|status| Report {
        job: address.job.clone(),
        web_host: address.web_host.clone(),
        status,
    });
    let now = parts.clock.now();
    let told = verdict.status.filter(|_| parts.events.is_some());
    let finish = Finish {
        key: job.key.clone(),
        attempt: job.attempt,
        state: state_after(&verdict.disposition),
        outcome: performed.outcome.clone(),
        status: verdict.status,
        report,
        event: told.map(|status| events::event(job, status, Some(&performed.outcome), now)),
        usage: performed.usage,
        now,
    };
    let written = parts.journal.finish(&finish).await;
    match &written {
        Ok(()) => {
            parts.health.well(Part::Journal);
            parts.outbox.wake();
            parts.events.iter().for_each(Events::wake);
        }
        Err(error) => {
            parts.health.ill(Part::Journal, &error_chain(error), false);
            error!(
                error = error as &dyn std::error::Error,
                "outcome not written: the message will come again"
            );
        }
    }
    written
}

/// Tells the front-end how a job ended that the journal could not take up until its last attempt was over. It is told this once, for
/// nothing is written down; if nobody were told, it would seem to run for ever.
pub(crate) async fn tell_unwritten(parts: &Parts, arrival: &Arrival, status: Option<Status>) {
    let (Some(status), Some((job, web_host))) = (status, arrival.address()) else {
        return;
    };
    let report = Report { job, web_host, status };
    if let Err(error) = parts.reporter.report(&report).await {
        let text = parts.hidden.text(&error_chain(&error)).into_owned();
        warn!(error = %text, "the end of a job is not told");
    }
}

fn state_after(disposition: &Disposition) -> JobState {
    match disposition {
        Disposition::Ack | Disposition::Park { .. } => JobState::Finished,
        Disposition::Retry { .. } => JobState::Retrying,
        Disposition::Leave => JobState::Interrupted,
    }
}
