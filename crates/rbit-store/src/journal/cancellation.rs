//! Jobs that are to be called off.

use jiff::{SignedDuration, Timestamp};
use rbit_job::{Cancellation, JobId, JobState, port::CancelNoted};
use rusqlite::{Connection, params};

use crate::value::micros;

/// Notes a cancellation, unless every job that it means has its final outcome.
///
/// A front-end whose database was made anew gives numbers again, so the cancellation may mean a job that has not come yet. Nobody can
/// tell that from one that comes too late for the job that has ended; and if that job is submitted again, which leaves it its number, a
/// note would call it off that nobody wants called off. Whoever means the next one says so: [`note_for_next`].
pub(crate) fn note(
    connection: &Connection,
    cancellation: &Cancellation,
    now: Timestamp,
) -> rusqlite::Result<CancelNoted> {
    if has_ended(connection, cancellation)? {
        return Ok(CancelNoted::TooLate);
    }
    note_for_next(connection, cancellation, now)?;
    Ok(CancelNoted::Noted)
}

/// Notes a cancellation for the job that has not ended, or else for the next one of its number. Noting it again begins its week anew.
pub(crate) fn note_for_next(
    connection: &Connection,
    cancellation: &Cancellation,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let (job, web_host) = (cancellation.job.as_str(), &cancellation.web_host);
    connection
        .prepare_cached("DELETE FROM cancellations WHERE job = ?1 AND web_host IS ?2")?
        .execute(params![job, web_host])?;
    connection
        .prepare_cached("INSERT INTO cancellations (job, web_host, noted) VALUES (?1, ?2, ?3)")?
        .execute(params![job, web_host, micros(now)])?;
    Ok(())
}

/// Whether a job is to be called off.
pub(super) fn is_noted(
    connection: &Connection,
    job: &JobId,
    web_host: Option<&str>,
    now: Timestamp,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT 1 FROM cancellations WHERE job = ?1 AND (web_host IS NULL OR web_host = ?2) AND noted >= ?3",
        )?
        .exists(params![job.as_str(), web_host, micros(oldest_kept(now))])
}

/// Strikes out what was noted about a job that has ended.
pub(super) fn strike_out(connection: &Connection, job: &JobId, web_host: Option<&str>) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM cancellations WHERE job = ?1 AND (web_host IS NULL OR web_host = ?2)")?
        .execute(params![job.as_str(), web_host])?;
    Ok(())
}

/// Forgets what nobody claimed.
pub(crate) fn forget_unclaimed(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM cancellations WHERE noted < ?1")?
        .execute([micros(oldest_kept(now))])?;
    Ok(())
}

/// Whether jobs are known that the cancellation means, and all of them have ended.
fn has_ended(connection: &Connection, cancellation: &Cancellation) -> rusqlite::Result<bool> {
    let mut statement = connection
        .prepare_cached("SELECT min(state = ?3) FROM jobs WHERE job = ?1 AND (?2 IS NULL OR web_host = ?2)")?;
    let have_all: Option<bool> = statement.query_row(
        params![
            cancellation.job.as_str(),
            cancellation.web_host,
            JobState::Finished.as_str()
        ],
        |row| row.get(0),
    )?;
    Ok(have_all.unwrap_or(false))
}

fn oldest_kept(now: Timestamp) -> Timestamp {
    now.checked_sub(KEPT).unwrap_or(Timestamp::MIN)
}

/// A job whose message comes later than this was forgotten by whoever called it off.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

#[cfg(test)]
mod tests {
    use rbit_job::{Attempt, Status, port::Claimed};

    use super::{
        super::{
            claim::claim,
            finish::{finish, resolve_cut_off},
            sample::{self, at, database, redelivered},
        },
        *,
    };

    fn cancellation(job: u32, web_host: Option<&str>) -> Cancellation {
        Cancellation {
            job: JobId::new(job.to_string()).unwrap(),
            web_host: web_host.map(str::to_owned),
        }
    }

    /// Calls a job off that only one front-end has.
    fn call_off(connection: &Connection, job: u32) -> CancelNoted {
        note(connection, &cancellation(job, None), at(150)).unwrap()
    }

    #[test]
    fn a_job_that_was_called_off_before_it_came_is_claimed_only_to_be_ended() {
        let connection = database();
        assert_eq!(call_off(&connection, 7), CancelNoted::Noted);
        assert_eq!(
            claim(&connection, &sample::claim(7, 1)),
            Ok(Claimed::Cancelled(Attempt::FIRST))
        );
        assert_eq!(
            claim(&connection, &sample::claim(8, 1)),
            Ok(Claimed::Start(Attempt::FIRST))
        );
        finish(
            &connection,
            &sample::finish(7, 1, JobState::Finished, Some(Status::Cancelled)),
        )
        .unwrap();
        let again = claim(&connection, &redelivered(7, 1)).unwrap();
        assert!(matches!(again, Claimed::AlreadyFinished(_)), "{again:?}");
    }

    #[test]
    fn what_was_noted_outlives_the_loss_of_the_process_that_was_about_to_end_the_job() {
        let connection = database();
        call_off(&connection, 7);
        claim(&connection, &sample::claim(7, 1)).unwrap();
        resolve_cut_off(&connection, at(160)).unwrap();
        assert_eq!(
            claim(&connection, &redelivered(7, 1)),
            Ok(Claimed::Cancelled(Attempt::new(2)))
        );
    }

    #[test]
    fn a_job_that_runs_waits_or_was_interrupted_can_be_called_off_and_one_that_ended_cannot() {
        let connection = database();
        for (job, end) in [
            (1, None),
            (2, Some(JobState::Retrying)),
            (3, Some(JobState::Interrupted)),
        ] {
            claim(&connection, &sample::claim(job, 1)).unwrap();
            if let Some(state) = end {
                finish(&connection, &sample::finish(job, 1, state, None)).unwrap();
            }
            assert_eq!(call_off(&connection, job), CancelNoted::Noted, "job {job}");
        }
        claim(&connection, &sample::claim(4, 1)).unwrap();
        finish(&connection, &sample::finish(4, 1, JobState::Finished, None)).unwrap();
        assert_eq!(call_off(&connection, 4), CancelNoted::TooLate);
    }

    #[test]
    fn a_job_that_ends_before_it_could_be_stopped_stays_as_it_ended_and_its_number_is_free_again() {
        let connection = database();
        claim(&connection, &sample::claim(7, 1)).unwrap();
        call_off(&connection, 7);
        finish(
            &connection,
            &sample::finish(7, 1, JobState::Finished, Some(Status::Done)),
        )
        .unwrap();
        let Ok(Claimed::AlreadyFinished(record)) = claim(&connection, &redelivered(7, 1)) else {
            panic!("not finished")
        };
        assert_eq!(record.status, Some(Status::Done));
        assert_eq!(
            claim(&connection, &sample::claim(7, 1)),
            Ok(Claimed::Start(Attempt::FIRST)),
            "another life"
        );
    }

    #[test]
    fn a_cancellation_that_comes_too_late_leaves_the_next_job_of_the_number_alone_unless_that_one_is_meant() {
        let connection = database();
        for (says_next, answer) in [
            (false, Claimed::Start(Attempt::FIRST)),
            (true, Claimed::Cancelled(Attempt::FIRST)),
        ] {
            claim(&connection, &sample::claim(7, 1)).unwrap();
            finish(&connection, &sample::finish(7, 1, JobState::Finished, None)).unwrap();
            if says_next {
                note_for_next(&connection, &cancellation(7, None), at(150)).unwrap();
            } else {
                assert_eq!(call_off(&connection, 7), CancelNoted::TooLate);
            }
            let ended = claim(&connection, &redelivered(7, 1)).unwrap();
            assert!(matches!(ended, Claimed::AlreadyFinished(_)), "{ended:?}");
            assert_eq!(claim(&connection, &sample::claim(7, 1)), Ok(answer));
            finish(&connection, &sample::finish(7, 1, JobState::Finished, None)).unwrap();
        }
        assert_eq!(
            claim(&connection, &sample::claim(7, 1)),
            Ok(Claimed::Start(Attempt::FIRST)),
            "once"
        );
    }

    #[test]
    fn a_job_that_blocks_is_still_called_off_at_its_next_attempt() {
        let connection = database();
        claim(&connection, &sample::claim(7, 1)).unwrap();
        call_off(&connection, 7);
        finish(
            &connection,
            &sample::finish(7, 1, JobState::Retrying, Some(Status::Blocked)),
        )
        .unwrap();
        assert_eq!(
            claim(&connection, &sample::claim(7, 2)),
            Ok(Claimed::Cancelled(Attempt::new(2)))
        );
    }

    #[test]
    fn a_number_is_that_of_its_front_end() {
        let connection = database();
        note(&connection, &cancellation(7, Some("other:8080")), at(150)).unwrap();
        assert_eq!(
            claim(&connection, &sample::claim(7, 1)),
            Ok(Claimed::Start(Attempt::FIRST))
        );
        finish(&connection, &sample::finish(7, 1, JobState::Finished, None)).unwrap();
        let ours = note(&connection, &cancellation(7, Some("pybit:8080")), at(160)).unwrap();
        let others = note(&connection, &cancellation(7, Some("other:8080")), at(160)).unwrap();
        assert_eq!((ours, others), (CancelNoted::TooLate, CancelNoted::Noted));
    }

    #[test]
    fn a_note_is_good_for_a_week_from_when_it_was_last_made() {
        let connection = database();
        let claim_at = |job, second| {
            let claimed = claim(
                &connection,
                &rbit_job::port::Claim {
                    now: at(second),
                    ..sample::claim(job, 1)
                },
            );
            matches!(claimed, Ok(Claimed::Cancelled(_)))
        };
        for job in [1, 2] {
            note(&connection, &cancellation(job, None), at(0)).unwrap();
        }
        note(&connection, &cancellation(2, None), at(60)).unwrap();
        let week = KEPT.as_secs();
        assert_eq!((claim_at(1, week + 1), claim_at(2, week + 1)), (false, true));
    }
}
