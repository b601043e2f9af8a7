//! Step 12: one line in the log for each job.

use std::time::Instant;

use rbit_job::{Attempt, Outcome, Verdict};
use tracing::{Span, info, warn};

use crate::{
    carry_out::Performed,
    take_up::{Arrival, Job},
};

/// The line of a job that was run, or would have been.
pub(crate) fn close(job: &Job, performed: &Performed, verdict: &Verdict, started: Instant) {
    let outcome = &performed.outcome;
    info!(
        package = ?cut(&job.request.package),
        version = ?cut(&job.request.version),
        outcome = %outcome.reason(),
        status = verdict.status.map(|status| status.as_str()),
        duration_ms = millis(started),
        memory_bytes = performed.usage.memory_peak,
        log_bytes = performed.usage.log_bytes,
        artifacts = outcome.artifacts().len(),
        text = ?cut(&outcome.text()),
        "job ended"
    );
}

/// The line of a message that is no job for this box.
pub(crate) fn refused(outcome: &Outcome, attempt: Attempt, started: Instant) {
    Span::current().record("attempt", attempt.number());
    warn!(
        outcome = %outcome.reason(),
        duration_ms = millis(started),
        text = ?cut(&outcome.text()),
        "message put aside"
    );
}

/// The line of a message that came back to its running job.
pub(crate) fn adopted(arrival: &Arrival) {
    info!(job.key = %arrival.key, "message came back while its job runs: adopted");
}

fn millis(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// The beginning of somebody else's words. Debug formatting quotes and escapes it, so that it cannot pass for a field of ours.
fn cut(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

const MAX_TEXT: usize = 500;
