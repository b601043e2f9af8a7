//! How long the journal remembers.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};

use super::cancellation;
use crate::value::micros;

/// Forgets some of the jobs whose last attempt ended long ago, with their history and the reports that were given up.
///
/// It goes along with every end of an attempt, so that the file does not grow on a box that runs for years; a job with a report
/// still to be sent is kept.
pub(crate) fn forget_old(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    forget_surplus(connection, MAX_JOBS)?;
    cancellation::forget_unclaimed(connection, now)?;
    let oldest_kept = now.checked_sub(RETENTION).unwrap_or(Timestamp::MIN);
    connection
        .prepare_cached(
            "DELETE FROM jobs WHERE id IN (
                 SELECT id FROM jobs WHERE ended < ?1
                     AND NOT EXISTS (SELECT 1 FROM outbox WHERE life = jobs.id AND next_try IS NOT NULL)
                 ORDER BY ended LIMIT ?2)",
        )?
        .execute(params![micros(oldest_kept), AT_ONCE])?;
    Ok(())
}

/// Forgets some of the finished jobs that have `max` newer ones. Numbers of jobs go up by one, so that nobody needs to count.
fn forget_surplus(connection: &Connection, max: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "DELETE FROM jobs WHERE id IN (
                 SELECT id FROM jobs WHERE id <= (SELECT max(id) FROM jobs) - ?1 AND state = 'finished'
                     AND NOT EXISTS (SELECT 1 FROM outbox WHERE life = jobs.id AND next_try IS NOT NULL)
                 ORDER BY id LIMIT ?2)",
        )?
        .execute(params![max, AT_ONCE])?;
    Ok(())
}

/// Longer than the longest wait for a retry, and than an outage of a broker that a redelivery may come back from.
const RETENTION: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Finished jobs in the journal: some hundred megabytes.
const MAX_JOBS: i64 = 100_000;

/// No single job pays for a long sweep.
const AT_ONCE: u32 = 50;

#[cfg(test)]
mod tests {
    use rbit_job::{Cancellation, JobState, Status};

    use super::{
        super::{
            claim::claim,
            finish::finish,
            sample::{self, all, at, database},
        },
        *,
    };
    use crate::outbox;

    #[test]
    fn a_job_is_forgotten_after_thirty_days_unless_its_report_is_still_to_be_sent() {
        let connection = database();
        for (job, status) in [(1, None), (2, Some(Status::Done)), (3, Some(Status::Failed))] {
            claim(&connection, &sample::claim(job, 1)).unwrap();
            finish(&connection, &sample::finish(job, 1, JobState::Finished, status)).unwrap();
        }
        let given_up = outbox::due(&connection, at(1000)).unwrap().pop().unwrap();
        outbox::failed(&connection, given_up.id, "no such status", None).unwrap();
        let remembered_at = |second| {
            forget_old(&connection, at(second)).unwrap();
            let jobs = all(&connection);
            jobs.iter().map(|job| job.job.to_string()).collect::<Vec<_>>()
        };
        let ended = 201;
        assert_eq!(remembered_at(ended + RETENTION.as_secs()), ["3", "2", "1"]);
        assert_eq!(remembered_at(ended + RETENTION.as_secs() + 1), ["2"]);
    }

    #[test]
    fn a_running_job_is_never_forgotten() {
        let connection = database();
        claim(&connection, &sample::claim(1, 1)).unwrap();
        forget_old(&connection, at(10 * RETENTION.as_secs())).unwrap();
        assert_eq!(all(&connection).len(), 1);
    }

    #[test]
    fn only_the_newest_finished_jobs_are_kept_and_whatever_has_not_ended_or_not_been_told() {
        let connection = database();
        for job in 1..=6 {
            claim(&connection, &sample::claim(job, 1)).unwrap();
            let (state, status) = match job {
                1 => (JobState::Retrying, None),
                2 => (JobState::Finished, Some(Status::Done)),
                _ => (JobState::Finished, None),
            };
            finish(&connection, &sample::finish(job, 1, state, status)).unwrap();
        }
        let kept = |max| {
            forget_surplus(&connection, max).unwrap();
            let jobs = all(&connection);
            jobs.iter().map(|job| job.job.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(kept(6), ["6", "5", "4", "3", "2", "1"]);
        assert_eq!(kept(2), ["6", "5", "2", "1"]);
    }

    #[test]
    fn a_journal_that_is_full_of_jobs_grows_no_more() {
        let connection = database();
        let pages_after = |jobs: std::ops::Range<u32>| {
            for job in jobs {
                claim(&connection, &sample::claim(job, 1)).unwrap();
                finish(&connection, &sample::finish(job, 1, JobState::Finished, None)).unwrap();
                forget_surplus(&connection, 300).unwrap();
            }
            assert_eq!(all(&connection).len(), 300);
            connection
                .query_one("PRAGMA page_count", [], |row| row.get::<_, u32>(0))
                .unwrap()
        };
        let (full, later) = (pages_after(1000..2000), pages_after(2000..5000));
        assert!(later * 10 <= full * 11, "{full} pages, then {later}");
    }

    #[test]
    fn a_cancellation_that_nobody_claimed_is_forgotten_after_a_week() {
        let connection = database();
        let cancellation = Cancellation {
            job: sample::claim(9, 1).job,
            web_host: None,
        };
        cancellation::note(&connection, &cancellation, at(0)).unwrap();
        let week = 7 * 24 * 3600;
        for (second, rows) in [(week, 1), (week + 1, 0)] {
            forget_old(&connection, at(second)).unwrap();
            let noted = connection.query_one("SELECT count(*) FROM cancellations", [], |row| row.get::<_, u32>(0));
            assert_eq!(noted, Ok(rows), "at second {second}");
        }
    }
}
