//! All that the journal knows of one job.

use jiff::Timestamp;
use rbit_job::{Attempt, JobRecord, JobState, Usage, port::Report};
use rusqlite::{Connection, Row, ToSql, params};

use super::{
    cancellation,
    record::{Life, life},
    selector::JobSelector,
};
use crate::value::{from_json, from_json_if_any, time, time_if_any};

/// One life of a job, with all its attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobHistory {
    /// The entry itself; its outcome has the delivered files.
    pub record: JobRecord,
    /// The front-end that the message named.
    pub web_host: Option<String>,
    /// It is to be called off, and has not ended yet.
    pub is_called_off: bool,
    /// Its attempts in order, at most [`Self::MAX_ATTEMPTS`] of the last. A number occurs twice when a drain stopped an attempt,
    /// which is not counted.
    pub attempts: Vec<PastAttempt>,
    /// What PyBit has not taken, in order.
    pub reports: Vec<UnsentReport>,
}

impl JobHistory {
    /// Lives in one answer, the newest.
    pub const MAX_LIVES: u32 = 100;
    /// Attempts of a life in one answer.
    pub const MAX_ATTEMPTS: u32 = 1000;
}

/// One attempt, as the history has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastAttempt {
    /// Its number.
    pub attempt: Attempt,
    /// When it began.
    pub started: Timestamp,
    /// When it ended; none while it runs.
    pub ended: Option<Timestamp>,
    /// How it ended: a word of [`Reason`](rbit_job::Reason); text, because another version of rbit may have written it.
    pub reason: Option<String>,
    /// What happened, for people.
    pub text: Option<String>,
    /// What it used; none when it was broken off.
    pub usage: Option<Usage>,
}

/// A report that PyBit has not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsentReport {
    /// What was to be said.
    pub report: Report,
    /// When it was written down.
    pub created: Timestamp,
    /// How often it was tried.
    pub tries: u32,
    /// When it will be tried next; none when it was given up.
    pub next_try: Option<Timestamp>,
    /// Why the last try failed.
    pub last_error: Option<String>,
}

/// The lives of the jobs that are meant, the newest first.
pub(crate) fn history(
    connection: &Connection,
    selector: &JobSelector,
    now: Timestamp,
) -> rusqlite::Result<Vec<JobHistory>> {
    let lives = match selector {
        JobSelector::Number(job) => lives(connection, "job = ?1", &[&job.as_str()]),
        // `g` comes after every hexadecimal digit.
        JobSelector::Key(key) => lives(connection, "key >= ?1 AND key < ?1 || 'g'", &[key]),
    };
    lives?.into_iter().map(|life| of_life(connection, life, now)).collect()
}

fn lives(connection: &Connection, condition: &str, values: &[&dyn ToSql]) -> rusqlite::Result<Vec<Life>> {
    let mut statement = connection.prepare(&format!(
        "SELECT * FROM jobs WHERE {condition} ORDER BY id DESC LIMIT {}",
        JobHistory::MAX_LIVES
    ))?;
    statement.query_map(values, life)?.collect()
}

fn of_life(connection: &Connection, life: Life, now: Timestamp) -> rusqlite::Result<JobHistory> {
    let Life {
        id, web_host, record, ..
    } = life;
    let is_open = record.state != JobState::Finished;
    Ok(JobHistory {
        is_called_off: is_open && cancellation::is_noted(connection, &record.job, web_host.as_deref(), now)?,
        attempts: attempts(connection, id)?,
        reports: reports(connection, id)?,
        record,
        web_host,
    })
}

fn attempts(connection: &Connection, life: i64) -> rusqlite::Result<Vec<PastAttempt>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM (SELECT * FROM attempts WHERE life = ?1 ORDER BY id DESC LIMIT ?2) ORDER BY id",
    )?;
    statement
        .query_map(params![life, JobHistory::MAX_ATTEMPTS], attempt)?
        .collect()
}

fn attempt(row: &Row<'_>) -> rusqlite::Result<PastAttempt> {
    Ok(PastAttempt {
        attempt: Attempt::new(row.get("number")?),
        started: time(row, "started")?,
        ended: time_if_any(row, "ended")?,
        reason: row.get("reason")?,
        text: row.get("text")?,
        usage: from_json_if_any(row, "usage")?,
    })
}

fn reports(connection: &Connection, life: i64) -> rusqlite::Result<Vec<UnsentReport>> {
    let mut statement = connection.prepare_cached("SELECT * FROM outbox WHERE life = ?1 ORDER BY id")?;
    statement.query_map([life], report)?.collect()
}

fn report(row: &Row<'_>) -> rusqlite::Result<UnsentReport> {
    Ok(UnsentReport {
        report: from_json(row, "report")?,
        created: time(row, "created")?,
        tries: row.get("tries")?,
        next_try: time_if_any(row, "next_try")?,
        last_error: row.get("last_error")?,
    })
}

#[cfg(test)]
mod tests {
    use rbit_job::{Cancellation, JobId, Status};

    use super::{
        super::{
            claim::claim,
            finish::{finish, resolve_cut_off},
            sample::{self, at, database, redelivered},
        },
        *,
    };
    use crate::outbox;

    fn history_of(connection: &Connection, selector: &str) -> Vec<JobHistory> {
        history(connection, &selector.parse().unwrap(), at(300)).unwrap()
    }

    /// Number and reason of each attempt.
    fn ends(history: &JobHistory) -> Vec<(u32, Option<&str>)> {
        let attempts = history.attempts.iter();
        attempts
            .map(|past| (past.attempt.number(), past.reason.as_deref()))
            .collect()
    }

    #[test]
    fn a_life_has_all_its_attempts_with_what_became_of_them() {
        let connection = database();
        claim(&connection, &sample::claim(4, 1)).unwrap();
        finish(
            &connection,
            &sample::finish(4, 1, JobState::Retrying, Some(Status::Blocked)),
        )
        .unwrap();
        claim(&connection, &sample::claim(4, 2)).unwrap();
        resolve_cut_off(&connection, at(150)).unwrap();
        claim(&connection, &redelivered(4, 2)).unwrap();
        let lives = history_of(&connection, "4");
        assert_eq!(lives.len(), 1);
        let [blocked, broken_off, running] = &lives[0].attempts[..] else {
            panic!("{:?}", lives[0].attempts)
        };
        assert_eq!(
            ends(&lives[0]),
            [(1, Some("guest-blocked")), (2, Some("interrupted")), (3, None)]
        );
        assert_eq!((blocked.started, blocked.ended), (at(101), Some(at(201))));
        assert_eq!(blocked.text.as_deref(), Some("not yet"));
        assert_eq!(blocked.usage.map(|usage| usage.memory_peak), Some(4096));
        assert_eq!((broken_off.usage, broken_off.ended), (None, Some(at(150))));
        assert_eq!((running.ended, &running.text), (None, &None));
        assert_eq!(lives[0].web_host.as_deref(), Some("pybit:8080"));
    }

    #[test]
    fn reports_that_were_not_taken_are_shown_with_their_tries_and_errors() {
        let connection = database();
        claim(&connection, &sample::claim(4, 1)).unwrap();
        finish(
            &connection,
            &sample::finish(4, 1, JobState::Retrying, Some(Status::Blocked)),
        )
        .unwrap();
        claim(&connection, &sample::claim(4, 2)).unwrap();
        finish(
            &connection,
            &sample::finish(4, 2, JobState::Finished, Some(Status::Done)),
        )
        .unwrap();
        let first = outbox::due(&connection, at(250)).unwrap().remove(0);
        outbox::failed(&connection, first.id, "no such status", None).unwrap();
        let reports = history_of(&connection, "4").remove(0).reports;
        let [given_up, waiting] = &reports[..] else {
            panic!("{reports:?}")
        };
        assert_eq!(
            (given_up.report.status, given_up.tries, given_up.next_try),
            (Status::Blocked, 1, None)
        );
        assert_eq!(given_up.last_error.as_deref(), Some("no such status"));
        assert_eq!((waiting.report.status, waiting.tries), (Status::Done, 0));
        assert!(waiting.next_try.is_some() && waiting.last_error.is_none());
    }

    #[test]
    fn every_life_of_a_number_is_shown_the_newest_first() {
        let connection = database();
        for _ in 0..2 {
            claim(&connection, &sample::claim(4, 1)).unwrap();
            finish(&connection, &sample::finish(4, 1, JobState::Finished, None)).unwrap();
        }
        claim(&connection, &sample::claim(4, 1)).unwrap();
        let states: Vec<_> = history_of(&connection, "4")
            .iter()
            .map(|life| life.record.state)
            .collect();
        assert_eq!(states, [JobState::Running, JobState::Finished, JobState::Finished]);
        assert_eq!(history_of(&connection, "44"), []);
    }

    #[test]
    fn a_key_is_found_by_its_beginning() {
        let connection = database();
        for job in 1..=20 {
            claim(&connection, &sample::claim(job, 1)).unwrap();
        }
        let key = sample::claim(11, 1).key;
        for length in [64, 12] {
            let found = history(
                &connection,
                &JobSelector::Key(key.as_str()[..length].to_owned()),
                at(300),
            )
            .unwrap();
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].record.key, key);
        }
    }

    #[test]
    fn a_job_that_is_to_be_called_off_says_so_until_it_has_ended() {
        let connection = database();
        claim(&connection, &sample::claim(4, 1)).unwrap();
        assert!(!history_of(&connection, "4")[0].is_called_off);
        let cancellation = Cancellation {
            job: JobId::new("4").unwrap(),
            web_host: None,
        };
        cancellation::note(&connection, &cancellation, at(200)).unwrap();
        assert!(history_of(&connection, "4")[0].is_called_off);
        finish(&connection, &sample::finish(4, 1, JobState::Finished, None)).unwrap();
        assert!(!history_of(&connection, "4")[0].is_called_off);
    }
}
