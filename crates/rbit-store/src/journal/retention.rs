//! How long the journal remembers.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Transaction, params};

use crate::value::micros;

/// Forgets some of the jobs whose last attempt ended long ago, with their history and the reports that were given up.
///
/// It goes along with every end of an attempt, so that the file does not grow on a box that runs for years; a job with a report
/// still to be sent is kept.
pub(crate) fn forget_old(transaction: &Transaction<'_>, now: Timestamp) -> rusqlite::Result<()> {
    let oldest_kept = now.checked_sub(RETENTION).unwrap_or(Timestamp::MIN);
    transaction
        .prepare_cached(
            "DELETE FROM jobs WHERE id IN (
                 SELECT id FROM jobs WHERE ended < ?1
                     AND NOT EXISTS (SELECT 1 FROM outbox WHERE life = jobs.id AND next_try IS NOT NULL)
                 ORDER BY ended LIMIT ?2)",
        )?
        .execute(params![micros(oldest_kept), AT_ONCE])?;
    Ok(())
}

/// Longer than the longest wait for a retry, and than an outage of a broker that a redelivery may come back from.
const RETENTION: SignedDuration = SignedDuration::from_hours(30 * 24);

/// No single job pays for a long sweep.
const AT_ONCE: u32 = 50;

#[cfg(test)]
mod tests {
    use rbit_job::{JobState, Status};

    use super::{
        super::{
            claim::claim,
            finish::finish,
            newest,
            sample::{self, at, database},
        },
        *,
    };
    use crate::outbox;

    #[test]
    fn a_job_is_forgotten_after_thirty_days_unless_its_report_is_still_to_be_sent() {
        let mut connection = database();
        for (job, status) in [(1, None), (2, Some(Status::Done)), (3, Some(Status::Failed))] {
            claim(&mut connection, &sample::claim(job, 1)).unwrap();
            finish(&mut connection, &sample::finish(job, 1, JobState::Finished, status)).unwrap();
        }
        let given_up = outbox::due(&connection, at(1000)).unwrap().pop().unwrap();
        outbox::failed(&connection, given_up.id, "no such status", None).unwrap();
        let mut remembered_at = |second| {
            let transaction = connection.transaction().unwrap();
            forget_old(&transaction, at(second)).unwrap();
            transaction.commit().unwrap();
            let jobs = newest(&connection, 10).unwrap();
            jobs.iter().map(|job| job.job.to_string()).collect::<Vec<_>>()
        };
        let ended = 201;
        assert_eq!(remembered_at(ended + RETENTION.as_secs()), ["3", "2", "1"]);
        assert_eq!(remembered_at(ended + RETENTION.as_secs() + 1), ["2"]);
    }

    #[test]
    fn a_running_job_is_never_forgotten() {
        let mut connection = database();
        claim(&mut connection, &sample::claim(1, 1)).unwrap();
        let transaction = connection.transaction().unwrap();
        forget_old(&transaction, at(10 * RETENTION.as_secs())).unwrap();
        transaction.commit().unwrap();
        assert_eq!(newest(&connection, 10).unwrap().len(), 1);
    }
}
