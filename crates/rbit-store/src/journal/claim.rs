//! Taking up a job: what the journal says to a delivery.

use rbit_job::{
    Attempt, JobState, Usage,
    port::{Claim, Claimed},
};
use rusqlite::{Connection, named_params, params};

use super::{
    cancellation,
    finish::end_broken_off,
    record::{Life, present},
};
use crate::value::{json, micros};

/// Answers a claim, and writes the start of the attempt down if there is to be one, if only to be ended as cancelled.
pub(super) fn claim(connection: &Connection, claim: &Claim) -> rusqlite::Result<Claimed> {
    let known = present(connection, &claim.key)?;
    let attempt = match decide(known.as_ref(), claim) {
        Decision::Begin => {
            let life = begin(connection, claim)?;
            start(connection, life, claim.attempt, claim)?;
            claim.attempt
        }
        Decision::Continue { life, attempt } => {
            end_broken_off(connection, life, claim.now)?;
            resume(connection, life, attempt, claim)?;
            start(connection, life, attempt, claim)?;
            attempt
        }
        Decision::Answer(claimed) => return Ok(claimed),
    };
    let is_called_off = cancellation::is_noted(connection, &claim.job, claim.web_host.as_deref(), claim.now)?;
    Ok(if is_called_off {
        Claimed::Cancelled(attempt)
    } else {
        Claimed::Start(attempt)
    })
}

/// What is to be done about a claim.
#[derive(Debug, PartialEq)]
enum Decision {
    /// A first attempt, of a job that is new or begins another life.
    Begin,
    /// A further attempt.
    Continue { life: i64, attempt: Attempt },
    /// None.
    Answer(Claimed),
}

/// The table of claims. Whoever claims does not run the job at this moment, so an attempt without an end was broken off: by the
/// loss of the process, or within it, by a panic or because its end could not be written.
fn decide(known: Option<&Life>, claim: &Claim) -> Decision {
    let Some(Life {
        id,
        message_attempt,
        record,
        ..
    }) = known
    else {
        return Decision::Begin;
    };
    let life = *id;
    let continue_as = |attempt| Decision::Continue { life, attempt };
    let is_older_copy = claim.attempt < *message_attempt;
    match record.state {
        JobState::Finished if claim.is_fresh => Decision::Begin,
        JobState::Retrying if claim.is_fresh => continue_as(claim.attempt),
        _ if is_older_copy && !claim.is_fresh => Decision::Answer(Claimed::Superseded),
        JobState::Finished => Decision::Answer(Claimed::AlreadyFinished(Box::new(record.clone()))),
        // As a rule, the copy that was made for the next attempt. If it is the very message whose attempt ended so, its copy was
        // refused, or nobody knows whether it was stored before the process was lost: to run it once more is the answer that loses
        // nothing, and to count that is the one that comes to an end.
        JobState::Retrying => continue_as(claim.attempt.max(record.attempt.next())),
        // Without an outcome the attempt was broken off, perhaps by the job's own doing: it counts. One that a drain ended does not.
        JobState::Running | JobState::Interrupted => match record.outcome {
            None => continue_as(claim.attempt.max(record.attempt.next())),
            Some(_) => continue_as(claim.attempt.max(record.attempt)),
        },
    }
}

fn begin(connection: &Connection, claim: &Claim) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO jobs (key, queue, runner, job, web_host, package, version, state, attempt, message_attempt, usage,
                           first_started, started)
         VALUES (:key, :queue, :runner, :job, :web_host, :package, :version, :state, :attempt, :attempt, :usage, :now, :now)",
    )?;
    statement.insert(named_params! {
        ":key": claim.key.as_str(),
        ":queue": claim.queue.as_str(),
        ":runner": claim.runner.as_str(),
        ":job": claim.job.as_str(),
        ":web_host": claim.web_host,
        ":package": claim.package,
        ":version": claim.version,
        ":state": JobState::Running.as_str(),
        ":attempt": claim.attempt.number(),
        ":usage": json(&Usage::default())?,
        ":now": micros(claim.now),
    })
}

fn resume(connection: &Connection, life: i64, attempt: Attempt, claim: &Claim) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "UPDATE jobs SET runner = :runner, state = :state, attempt = :attempt, message_attempt = :message_attempt,
                         outcome = NULL, reason = NULL, status = NULL, usage = :usage,
                         started = :now, ended = NULL
         WHERE id = :life",
    )?;
    statement.execute(named_params! {
        ":life": life,
        ":runner": claim.runner.as_str(),
        ":state": JobState::Running.as_str(),
        ":attempt": attempt.number(),
        ":message_attempt": claim.attempt.number(),
        ":usage": json(&Usage::default())?,
        ":now": micros(claim.now),
    })?;
    Ok(())
}

fn start(connection: &Connection, life: i64, attempt: Attempt, claim: &Claim) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO attempts (life, number, started) VALUES (?1, ?2, ?3)")?
        .execute(params![life, attempt.number(), micros(claim.now)])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rbit_job::{Outcome, Status};

    use super::{
        super::{
            finish::{finish, resolve_cut_off},
            sample::{self, all, at, database, redelivered},
        },
        *,
    };

    /// A job as it stands when the claim under test is made.
    #[derive(Clone, Copy, Debug)]
    enum Known {
        Nothing,
        NotEnded,
        CutOff,
        Drained,
        Retrying,
        Finished,
    }

    /// A database in which attempt 2 of job 7, carried by a message of attempt 2, stands so.
    fn known(known: Known) -> Connection {
        let connection = database();
        if !matches!(known, Known::Nothing) {
            assert_eq!(
                claim(&connection, &sample::claim(7, 2)),
                Ok(Claimed::Start(Attempt::new(2)))
            );
        }
        let end = match known {
            Known::Nothing | Known::NotEnded => return connection,
            Known::CutOff => {
                resolve_cut_off(&connection, at(150)).unwrap();
                return connection;
            }
            Known::Drained => JobState::Interrupted,
            Known::Retrying => JobState::Retrying,
            Known::Finished => JobState::Finished,
        };
        finish(&connection, &sample::finish(7, 2, end, None)).unwrap();
        connection
    }

    /// What is said, in a word.
    fn said(standing: Known, message: &Claim) -> String {
        match claim(&known(standing), message).unwrap() {
            Claimed::Start(attempt) => format!("start {attempt}"),
            Claimed::Cancelled(attempt) => format!("cancelled {attempt}"),
            Claimed::AlreadyFinished(record) => format!("finished {}", record.attempt),
            Claimed::Superseded => "superseded".to_owned(),
        }
    }

    #[test]
    fn each_standing_has_its_answer_to_a_fresh_an_older_the_same_and_the_next_message() {
        let table = [
            (Known::Nothing, ["start 1", "start 1", "start 2", "start 3"]),
            (Known::NotEnded, ["start 3", "superseded", "start 3", "start 3"]),
            (Known::CutOff, ["start 3", "superseded", "start 3", "start 3"]),
            (Known::Drained, ["start 2", "superseded", "start 2", "start 3"]),
            (Known::Retrying, ["start 1", "superseded", "start 3", "start 3"]),
            (Known::Finished, ["start 1", "superseded", "finished 2", "finished 2"]),
        ];
        for (standing, answers) in table {
            let messages = [
                sample::claim(7, 1),
                redelivered(7, 1),
                redelivered(7, 2),
                redelivered(7, 3),
            ];
            for (message, answer) in messages.iter().zip(answers) {
                assert_eq!(said(standing, message), answer, "{standing:?}, {message:?}");
            }
        }
    }

    #[test]
    fn a_job_that_kills_its_process_each_time_gets_a_higher_number_each_time() {
        let connection = database();
        assert_eq!(
            claim(&connection, &sample::claim(1, 1)),
            Ok(Claimed::Start(Attempt::FIRST))
        );
        for life in 1..5 {
            resolve_cut_off(&connection, at(150)).unwrap();
            let claimed = claim(&connection, &redelivered(1, 1));
            assert_eq!(claimed, Ok(Claimed::Start(Attempt::new(life + 1))));
        }
    }

    #[test]
    fn a_message_that_comes_back_each_time_because_its_copy_is_refused_gets_a_higher_number_each_time() {
        let connection = database();
        claim(&connection, &sample::claim(1, 1)).unwrap();
        for attempt in 1..5 {
            let blocked = sample::finish(1, attempt, JobState::Retrying, Some(Status::Blocked));
            finish(&connection, &blocked).unwrap();
            let claimed = claim(&connection, &redelivered(1, 1));
            assert_eq!(claimed, Ok(Claimed::Start(Attempt::new(attempt + 1))));
        }
    }

    #[test]
    fn a_copy_that_comes_after_its_original_was_run_once_more_gets_a_number_of_its_own() {
        let connection = known(Known::Retrying);
        claim(&connection, &redelivered(7, 2)).unwrap();
        finish(&connection, &sample::finish(7, 3, JobState::Retrying, None)).unwrap();
        assert_eq!(
            claim(&connection, &redelivered(7, 3)),
            Ok(Claimed::Start(Attempt::new(4)))
        );
    }

    #[test]
    fn a_key_that_is_published_anew_begins_another_life_beside_the_old_one() {
        let connection = known(Known::Finished);
        claim(&connection, &sample::claim(7, 1)).unwrap();
        let jobs = all(&connection);
        let states: Vec<_> = jobs.iter().map(|job| (job.state, job.attempt.number())).collect();
        assert_eq!(states, [(JobState::Running, 1), (JobState::Finished, 2)]);
    }

    #[test]
    fn a_job_that_is_continued_forgets_how_its_last_attempt_ended_but_not_when_it_first_began() {
        let connection = database();
        claim(&connection, &sample::claim(7, 1)).unwrap();
        let blocked = sample::finish(7, 1, JobState::Retrying, Some(Status::Blocked));
        finish(&connection, &blocked).unwrap();
        claim(&connection, &sample::claim(7, 2)).unwrap();
        let jobs = all(&connection);
        let [job] = &jobs[..] else { panic!("{jobs:?}") };
        assert_eq!((job.state, job.attempt), (JobState::Running, Attempt::new(2)));
        assert_eq!((&job.outcome, job.status, job.ended), (&None::<Outcome>, None, None));
        assert_eq!(
            (job.first_started, job.started, job.usage),
            (at(101), at(102), Usage::default())
        );
    }
}
