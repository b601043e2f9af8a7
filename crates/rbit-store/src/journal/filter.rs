//! Which jobs are listed.

use jiff::Timestamp;
use rbit_job::{JobRecord, JobState, QueueName, Reason, RunnerName};
use rusqlite::{Connection, named_params};

use super::record::record;
use crate::value::micros;

/// Which entries of the journal are wanted: those that fit all that is given.
///
/// ```
/// use rbit_job::Reason;
/// use rbit_store::JobFilter;
/// let timeouts = JobFilter { reason: Some(Reason::Timeout), ..JobFilter::newest(20) };
/// # let _ = timeouts;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobFilter {
    /// Where the job stands.
    pub state: Option<JobState>,
    /// How its last attempt ended.
    pub reason: Option<Reason>,
    /// What ran it.
    pub runner: Option<RunnerName>,
    /// Where it came from.
    pub queue: Option<QueueName>,
    /// Its last attempt began then or later.
    pub since: Option<Timestamp>,
    /// How many at most, the newest first.
    pub limit: u32,
}

impl JobFilter {
    /// The newest jobs, whatever became of them.
    pub fn newest(limit: u32) -> Self {
        Self {
            state: None,
            reason: None,
            runner: None,
            queue: None,
            since: None,
            limit,
        }
    }
}

/// The entries that fit, the newest first.
pub(crate) fn list(connection: &Connection, filter: &JobFilter) -> rusqlite::Result<Vec<JobRecord>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM jobs
         WHERE (:state IS NULL OR state = :state) AND (:reason IS NULL OR reason = :reason)
           AND (:runner IS NULL OR runner = :runner) AND (:queue IS NULL OR queue = :queue)
           AND (:since IS NULL OR started >= :since)
         ORDER BY id DESC LIMIT :limit",
    )?;
    let wanted = named_params! {
        ":state": filter.state.map(JobState::as_str),
        ":reason": filter.reason.map(Reason::as_str),
        ":runner": filter.runner.as_ref().map(RunnerName::as_str),
        ":queue": filter.queue.as_ref().map(QueueName::as_str),
        ":since": filter.since.map(micros),
        ":limit": filter.limit,
    };
    statement.query_map(wanted, record)?.collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            claim::claim,
            finish::finish,
            sample::{self, at, database},
        },
        *,
    };

    /// Job 1 is done, job 2 is blocked, job 3 runs.
    fn three() -> Connection {
        let connection = database();
        for job in 1..=3 {
            claim(&connection, &sample::claim(job, 1)).unwrap();
        }
        finish(&connection, &sample::finish(1, 1, JobState::Finished, None)).unwrap();
        finish(&connection, &sample::finish(2, 1, JobState::Retrying, None)).unwrap();
        connection
    }

    fn listed(connection: &Connection, filter: &JobFilter) -> Vec<String> {
        let jobs = list(connection, filter).unwrap();
        jobs.iter().map(|job| job.job.to_string()).collect()
    }

    #[test]
    fn without_a_wish_all_are_listed_and_the_limit_keeps_the_newest() {
        assert_eq!(listed(&three(), &JobFilter::newest(9)), ["3", "2", "1"]);
        assert_eq!(listed(&three(), &JobFilter::newest(2)), ["3", "2"]);
    }

    #[test]
    fn each_wish_leaves_out_what_does_not_fit_it() {
        let (connection, all) = (three(), JobFilter::newest(9));
        let state = |state| JobFilter {
            state: Some(state),
            ..all.clone()
        };
        assert_eq!(listed(&connection, &state(JobState::Running)), ["3"]);
        assert_eq!(listed(&connection, &state(JobState::Retrying)), ["2"]);
        let reason = |reason| JobFilter {
            reason: Some(reason),
            ..all.clone()
        };
        assert_eq!(listed(&connection, &reason(Reason::Done)), ["1"]);
        assert_eq!(listed(&connection, &reason(Reason::Timeout)), [""; 0]);
        let runner = |name| JobFilter {
            runner: Some(RunnerName::new(name).unwrap()),
            ..all.clone()
        };
        assert_eq!(listed(&connection, &runner("pdf")), ["3", "2", "1"]);
        assert_eq!(listed(&connection, &runner("epub")), [""; 0]);
        let queue = |name| JobFilter {
            queue: Some(QueueName::new(name).unwrap()),
            ..all.clone()
        };
        assert_eq!(listed(&connection, &queue("cnx_any_latex_pdf")), ["3", "2", "1"]);
        assert_eq!(listed(&connection, &queue("other")), [""; 0]);
        let since = |second| JobFilter {
            since: Some(at(second)),
            ..all.clone()
        };
        assert_eq!(listed(&connection, &since(101)), ["3", "2", "1"]);
        assert_eq!(listed(&connection, &since(102)), [""; 0]);
    }

    #[test]
    fn all_wishes_have_to_fit() {
        let filter = JobFilter {
            state: Some(JobState::Finished),
            reason: Some(Reason::GuestBlocked),
            ..JobFilter::newest(9)
        };
        assert_eq!(listed(&three(), &filter), [""; 0]);
    }
}
