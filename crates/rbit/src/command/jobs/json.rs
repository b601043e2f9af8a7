//! Jobs as JSON. The keys are part of the program's face; `docs/logging.md` lists them.

use std::time::Duration;

use jiff::Timestamp;
use rbit_job::JobRecord;
use rbit_store::{JobHistory, PastAttempt, UnsentReport};
use serde_json::{Map, Value, json};

use super::absence::Absence;
use crate::shares;

/// The journal's entry of a job.
pub(super) fn record(record: &JobRecord, absence: &Absence) -> Value {
    json!({
        "job": record.job.as_str(),
        "key": record.key.as_str(),
        "queue": record.queue.as_str(),
        "runner": record.runner.as_str(),
        "package": record.package,
        "version": record.version,
        "attempt": record.attempt.number(),
        "state": record.state.as_str(),
        "overdue": absence.is_overdue(record),
        "outcome": record.outcome.as_ref().map(|outcome| outcome.reason().as_str()),
        "text": record.outcome.as_ref().map(rbit_job::Outcome::text),
        "status": record.status.map(rbit_job::Status::as_str),
        "artifacts": record.outcome.as_ref().map_or(&[][..], |outcome| outcome.artifacts()),
        "started": record.started.to_string(),
        "ended": record.ended.map(|ended| ended.to_string()),
        "duration_ms": duration_ms(record.started, record.ended),
        "memory_bytes": record.usage.memory_peak,
        "log_bytes": record.usage.log_bytes,
        "usage": shares::as_json(&record.usage, record.outcome.as_ref().map_or(&[][..], |outcome| outcome.artifacts())),
        "component": record.usage.component.map(|digest| digest.to_string()),
        "was_ready": record.usage.was_ready,
        "guest_us": micros(record.usage.wall),
        "instantiation_us": micros(record.usage.instantiation),
    })
}

/// The same with all that is known of it.
pub(super) fn history(history: &JobHistory, absence: &Absence) -> Value {
    let mut all = match record(&history.record, absence) {
        Value::Object(entry) => entry,
        _ => Map::new(),
    };
    let more = [
        ("web_host", json!(history.web_host)),
        ("first_started", json!(history.record.first_started.to_string())),
        ("called_off", json!(history.is_called_off)),
        ("attempts", history.attempts.iter().map(attempt).collect()),
        ("reports", history.reports.iter().map(report).collect()),
    ];
    all.extend(more.map(|(key, value)| (key.to_owned(), value)));
    Value::Object(all)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// How long an attempt took, with everything around the guest.
pub(super) fn duration_ms(started: Timestamp, ended: Option<Timestamp>) -> Option<u64> {
    u64::try_from(started.duration_until(ended?).as_millis()).ok()
}

fn attempt(past: &PastAttempt) -> Value {
    json!({
        "attempt": past.attempt.number(),
        "outcome": past.reason,
        "text": past.text,
        "started": past.started.to_string(),
        "ended": past.ended.map(|ended| ended.to_string()),
        "duration_ms": duration_ms(past.started, past.ended),
        "memory_bytes": past.usage.map(|usage| usage.memory_peak),
        "log_bytes": past.usage.map(|usage| usage.log_bytes),
        "component": past.usage.and_then(|usage| usage.component).map(|digest| digest.to_string()),
    })
}

fn report(unsent: &UnsentReport) -> Value {
    json!({
        "status": unsent.report.status.as_str(),
        "written": unsent.created.to_string(),
        "tries": unsent.tries,
        "next_try": unsent.next_try.map(|at| at.to_string()),
        "last_error": unsent.last_error,
    })
}
