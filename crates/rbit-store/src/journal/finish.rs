//! The end of an attempt.

use jiff::Timestamp;
use rbit_job::{JobState, Reason, port::Finish};
use rusqlite::{Connection, named_params, params};

use super::{
    cancellation,
    record::{Life, present},
    retention::forget_old,
};
use crate::{
    DatabaseError, events, outbox,
    value::{json, micros},
};

/// Writes down the outcome, the end in the history, the report and the event.
pub(super) fn finish(connection: &Connection, finish: &Finish) -> Result<(), DatabaseError> {
    let life = running(connection, finish)?;
    end_life(connection, life.id, finish)?;
    end_attempt(connection, life.id, finish)?;
    outbox::forget_start(connection, life.id)?;
    if let Some(report) = &finish.report {
        outbox::add(connection, life.id, report, finish.now)?;
    }
    if let Some(event) = &finish.event {
        events::add(connection, event)?;
    }
    if finish.state == JobState::Finished {
        cancellation::strike_out(connection, &life.record.job, life.web_host.as_deref())?;
    }
    Ok(forget_old(connection, finish.now)?)
}

/// What a lost process was running is written down as interrupted, without an outcome: nobody knows one.
///
/// To be called by the holder of the lock before its first claim.
pub(crate) fn resolve_cut_off(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE jobs SET state = ?1, ended = ?2 WHERE state = ?3",
        params![JobState::Interrupted.as_str(), micros(now), JobState::Running.as_str()],
    )?;
    connection.execute(
        "UPDATE attempts SET ended = ?1, reason = ?2, text = ?3 WHERE ended IS NULL",
        params![micros(now), Reason::Interrupted.as_str(), BROKEN_OFF],
    )?;
    outbox::forget_starts(connection)
}

/// Ends an attempt of this life in the history, if one has no end.
pub(super) fn end_broken_off(connection: &Connection, life: i64, now: Timestamp) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE attempts SET ended = ?1, reason = ?2, text = ?3 WHERE life = ?4 AND ended IS NULL")?
        .execute(params![micros(now), Reason::Interrupted.as_str(), BROKEN_OFF, life])?;
    outbox::forget_start(connection, life)
}

fn running(connection: &Connection, finish: &Finish) -> Result<Life, DatabaseError> {
    match present(connection, &finish.key)? {
        Some(life) if life.record.state == JobState::Running && life.record.attempt == finish.attempt => Ok(life),
        _ => Err(DatabaseError::NotRunning {
            key: finish.key.to_string(),
            attempt: finish.attempt.number(),
        }),
    }
}

fn end_life(connection: &Connection, life: i64, finish: &Finish) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "UPDATE jobs SET state = :state, outcome = :outcome, reason = :reason, status = :status, usage = :usage, ended = :now
         WHERE id = :life",
    )?;
    statement.execute(named_params! {
        ":life": life,
        ":state": finish.state.as_str(),
        ":outcome": json(&finish.outcome)?,
        ":reason": finish.outcome.reason().as_str(),
        ":status": finish.status.map(|status| status.as_str()),
        ":usage": json(&finish.usage)?,
        ":now": micros(finish.now),
    })?;
    Ok(())
}

fn end_attempt(connection: &Connection, life: i64, finish: &Finish) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "UPDATE attempts SET ended = :now, reason = :reason, text = :text, usage = :usage
         WHERE life = :life AND ended IS NULL",
    )?;
    statement.execute(named_params! {
        ":life": life,
        ":reason": finish.outcome.reason().as_str(),
        ":text": finish.outcome.text(),
        ":usage": json(&finish.usage)?,
        ":now": micros(finish.now),
    })?;
    Ok(())
}

const BROKEN_OFF: &str = "broken off: nobody wrote down how it ended";

#[cfg(test)]
mod tests {
    use rbit_job::{Attempt, JobRecord, Outcome, Status, port::Report};

    use super::{
        super::{
            claim::claim,
            sample::{self, all, at, database},
        },
        *,
    };

    fn only_job(connection: &Connection) -> JobRecord {
        let mut jobs = all(connection);
        assert_eq!(jobs.len(), 1);
        jobs.remove(0)
    }

    /// Number, reason and text of each attempt, in order.
    fn history(connection: &Connection) -> Vec<(u32, Option<String>, Option<String>)> {
        let mut statement = connection
            .prepare("SELECT number, reason, text FROM attempts ORDER BY id")
            .unwrap();
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn the_record_of_a_finished_job_says_all_that_was_written() {
        let connection = database();
        claim(&connection, &sample::claim(4, 1)).unwrap();
        let done = sample::finish(4, 1, JobState::Finished, Some(Status::Done));
        finish(&connection, &done).unwrap();
        let claim = sample::claim(4, 1);
        let expected = JobRecord {
            key: claim.key,
            queue: claim.queue,
            runner: claim.runner,
            job: claim.job,
            package: claim.package,
            version: claim.version,
            attempt: Attempt::FIRST,
            state: JobState::Finished,
            outcome: Some(Outcome::Done(vec![])),
            status: Some(Status::Done),
            usage: done.usage,
            first_started: at(101),
            started: at(101),
            ended: Some(at(201)),
        };
        assert_eq!(only_job(&connection), expected);
    }

    #[test]
    fn each_attempt_has_its_own_end_in_the_history() {
        let connection = database();
        claim(&connection, &sample::claim(4, 1)).unwrap();
        finish(
            &connection,
            &sample::finish(4, 1, JobState::Retrying, Some(Status::Blocked)),
        )
        .unwrap();
        claim(&connection, &sample::claim(4, 2)).unwrap();
        resolve_cut_off(&connection, at(150)).unwrap();
        claim(&connection, &sample::redelivered(4, 2)).unwrap();
        claim(&connection, &sample::redelivered(4, 2)).unwrap();
        finish(
            &connection,
            &sample::finish(4, 4, JobState::Finished, Some(Status::Done)),
        )
        .unwrap();
        let text = |text: &str| Some(text.to_owned());
        let expected = [
            (1, text("guest-blocked"), text("not yet")),
            (2, text("interrupted"), text(BROKEN_OFF)),
            (3, text("interrupted"), text(BROKEN_OFF)),
            (4, text("done"), text("")),
        ];
        assert_eq!(history(&connection), expected);
    }

    #[test]
    fn a_lost_process_leaves_an_interrupted_job_without_an_outcome() {
        let connection = database();
        claim(&connection, &sample::claim(4, 1)).unwrap();
        resolve_cut_off(&connection, at(150)).unwrap();
        let job = only_job(&connection);
        assert_eq!(
            (job.state, job.outcome, job.ended),
            (JobState::Interrupted, None, Some(at(150)))
        );
    }

    #[test]
    fn a_start_that_was_not_told_is_forgotten_when_its_attempt_has_ended() {
        let ends: [fn(&Connection); 4] = [
            |connection| {
                let done = sample::finish(4, 1, JobState::Finished, Some(Status::Done));
                finish(connection, &done).unwrap();
            },
            |connection| finish(connection, &sample::finish(4, 1, JobState::Interrupted, None)).unwrap(),
            |connection| resolve_cut_off(connection, at(150)).unwrap(),
            |connection| drop(claim(connection, &sample::redelivered(4, 1)).unwrap()),
        ];
        for end in ends {
            let connection = database();
            claim(&connection, &sample::claim(4, 1)).unwrap();
            let start = Report {
                job: sample::claim(4, 1).job,
                web_host: None,
                status: Status::Building,
            };
            let life = present(&connection, &sample::claim(4, 1).key).unwrap().unwrap().id;
            outbox::add_start(&connection, life, &start, at(140)).unwrap();
            end(&connection);
            let told = outbox::due(&connection, at(1000)).unwrap();
            assert!(
                told.iter().all(|pending| pending.report.status == Status::Done),
                "{told:?}"
            );
        }
    }

    #[test]
    fn only_a_running_attempt_can_end_and_only_once() {
        let connection = database();
        let done = sample::finish(4, 1, JobState::Finished, Some(Status::Done));
        let refused = finish(&connection, &done);
        assert!(
            matches!(refused, Err(DatabaseError::NotRunning { attempt: 1, .. })),
            "{refused:?}"
        );
        claim(&connection, &sample::claim(4, 1)).unwrap();
        finish(&connection, &done).unwrap();
        let again = finish(&connection, &done);
        assert!(matches!(again, Err(DatabaseError::NotRunning { .. })), "{again:?}");
        assert_eq!(
            outbox::due(&connection, at(1000)).unwrap().len(),
            1,
            "and only one report was written"
        );
    }
}
