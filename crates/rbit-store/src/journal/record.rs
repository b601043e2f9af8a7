//! Rows of the table of jobs, read.

use rbit_job::{Attempt, JobId, JobKey, JobRecord, JobState, QueueName, RunnerName, Status};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::value::{from_json, from_json_if_any, parsed, time, time_if_any};

/// One life of a job, as its row has it.
#[derive(Clone, Debug)]
pub(super) struct Life {
    pub(super) id: i64,
    /// The number that the message of the last attempt carried.
    pub(super) message_attempt: Attempt,
    pub(super) web_host: Option<String>,
    pub(super) record: JobRecord,
}

/// The present life of a job: the last one that began.
pub(super) fn present(connection: &Connection, key: &JobKey) -> rusqlite::Result<Option<Life>> {
    let mut statement = connection.prepare_cached("SELECT * FROM jobs WHERE key = ?1 ORDER BY id DESC LIMIT 1")?;
    statement.query_row([key.as_str()], life).optional()
}

/// Reads a row of jobs.
pub(super) fn life(row: &Row<'_>) -> rusqlite::Result<Life> {
    Ok(Life {
        id: row.get("id")?,
        message_attempt: Attempt::new(row.get("message_attempt")?),
        web_host: row.get("web_host")?,
        record: record(row)?,
    })
}

/// Reads what of it is the journal's entry.
pub(super) fn record(row: &Row<'_>) -> rusqlite::Result<JobRecord> {
    Ok(JobRecord {
        key: JobKey::from_stored(row.get::<_, String>("key")?),
        queue: parsed(row, "queue", QueueName::new)?,
        runner: parsed(row, "runner", RunnerName::new)?,
        job: parsed(row, "job", JobId::new)?,
        package: row.get("package")?,
        version: row.get("version")?,
        attempt: Attempt::new(row.get("attempt")?),
        state: parsed(row, "state", |word| state(&word))?,
        outcome: from_json_if_any(row, "outcome")?,
        status: status(row)?,
        usage: from_json(row, "usage")?,
        first_started: time(row, "first_started")?,
        started: time(row, "started")?,
        ended: time_if_any(row, "ended")?,
    })
}

fn state(word: &str) -> Result<JobState, UnknownState> {
    JobState::ALL
        .into_iter()
        .find(|state| state.as_str() == word)
        .ok_or(UnknownState)
}

fn status(row: &Row<'_>) -> rusqlite::Result<Option<Status>> {
    let word: Option<String> = row.get("status")?;
    word.map(|_| parsed(row, "status", |word| word.parse())).transpose()
}

/// A word that no state has.
#[derive(Debug, thiserror::Error)]
#[error("no state of a job")]
struct UnknownState;
