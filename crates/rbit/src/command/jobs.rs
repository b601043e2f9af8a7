//! `rbit jobs`: what the journal holds.

use std::io::Write as _;

use rbit_job::JobRecord;
use serde_json::{Value, json};

use crate::{args::JobsArgs, exit_code::Code, failure::Failure, settings, table, wiring};

/// Prints the jobs of this box, the newest first.
pub(crate) fn jobs(args: &JobsArgs) -> Result<Code, Failure> {
    let settings = settings::load(&args.config)?;
    let store = wiring::open_store(&settings)?;
    let records = wiring::control_runtime()?.block_on(store.jobs(args.limit))?;
    let text = if args.json {
        json_lines(&records)
    } else {
        overview(&records)
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(Code::Success)
}

fn json_lines(records: &[JobRecord]) -> String {
    records
        .iter()
        .map(|record| format!("{}\n", json_object(record)))
        .collect()
}

/// A job as one JSON object. The keys are part of the program's face; `docs/logging.md` lists them.
fn json_object(record: &JobRecord) -> Value {
    json!({
        "job": record.job.as_str(),
        "queue": record.queue.as_str(),
        "runner": record.runner.as_str(),
        "package": record.package,
        "version": record.version,
        "attempt": record.attempt.number(),
        "state": record.state.as_str(),
        "outcome": record.outcome.as_ref().map(|outcome| outcome.reason().as_str()),
        "text": record.outcome.as_ref().map(rbit_job::Outcome::text),
        "status": record.status.map(rbit_job::Status::as_str),
        "artifacts": record.outcome.as_ref().map_or(&[][..], |outcome| outcome.artifacts()),
        "started": record.started.to_string(),
        "ended": record.ended.map(|ended| ended.to_string()),
        "duration_ms": duration_ms(record),
        "memory_bytes": record.usage.memory_peak,
        "log_bytes": record.usage.log_bytes,
    })
}

/// How long the last attempt took, with everything around the guest.
fn duration_ms(record: &JobRecord) -> Option<u64> {
    let ended = record.ended?;
    u64::try_from(record.started.duration_until(ended).as_millis()).ok()
}

fn overview(records: &[JobRecord]) -> String {
    if records.is_empty() {
        return "no jobs yet\n".to_owned();
    }
    let heading = [
        "STARTED", "JOB", "PACKAGE", "VERSION", "RUNNER", "ATTEMPT", "STATE", "OUTCOME", "DURATION", "FILES",
    ];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(records.iter().map(row));
    format!("{}\n", table::columns(&rows))
}

fn row(record: &JobRecord) -> Vec<String> {
    let outcome = record.outcome.as_ref();
    vec![
        record.started.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        record.job.to_string(),
        shown(&record.package),
        shown(&record.version),
        record.runner.to_string(),
        record.attempt.to_string(),
        record.state.as_str().to_owned(),
        outcome.map_or("-", |outcome| outcome.reason().as_str()).to_owned(),
        duration_ms(record).map_or_else(|| "-".to_owned(), |ms| format!("{ms} ms")),
        outcome.map_or(0, |outcome| outcome.artifacts().len()).to_string(),
    ]
}

/// A text of a message, fit for a terminal.
fn shown(text: &str) -> String {
    text.chars().take(40).flat_map(char::escape_debug).collect()
}
