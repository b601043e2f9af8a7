//! Reports that were given up, and are to be sent after all.

use jiff::Timestamp;
use rbit_job::{JobState, port::Report};
use rusqlite::{Connection, Row, params};

use super::selector::JobSelector;
use crate::value::{from_json, micros};

/// A report that was given up, and what becomes of it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenUp {
    /// What it says.
    pub report: Report,
    /// It is sent again. If not, it would be no news: the job has gone on since.
    pub is_resent: bool,
}

/// Has the reports that were given up sent again, of the jobs that are meant or of all; tells of each, the oldest first.
///
/// What is sent is the last word on its job and no other: an older status, told now, would take the place of a newer one.
pub(crate) fn resend(
    connection: &Connection,
    selector: Option<&JobSelector>,
    now: Timestamp,
) -> rusqlite::Result<Vec<GivenUp>> {
    let given_up = given_up(connection, selector)?;
    for (id, _) in given_up.iter().filter(|(_, given_up)| given_up.is_resent) {
        connection
            .prepare_cached("UPDATE outbox SET created = ?2, next_try = ?2, tries = 0 WHERE id = ?1")?
            .execute(params![id, micros(now)])?;
    }
    Ok(given_up.into_iter().map(|(_, given_up)| given_up).collect())
}

fn given_up(connection: &Connection, selector: Option<&JobSelector>) -> rusqlite::Result<Vec<(i64, GivenUp)>> {
    let (condition, value) = match selector {
        None => ("?1 IS NULL", None),
        Some(JobSelector::Number(job)) => ("jobs.job = ?1", Some(job.as_str())),
        // `g` comes after every hexadecimal digit.
        Some(JobSelector::Key(key)) => ("jobs.key >= ?1 AND jobs.key < ?1 || 'g'", Some(key.as_str())),
    };
    let mut statement = connection.prepare(&format!(
        "SELECT outbox.id, report,
             jobs.state <> ?2 AND jobs.status IS json_extract(report, '$.status')
             AND NOT EXISTS (SELECT 1 FROM outbox AS later
                             WHERE later.job = outbox.job AND later.web_host IS outbox.web_host AND later.id > outbox.id)
             AND NOT EXISTS (SELECT 1 FROM jobs AS later
                             WHERE later.job = jobs.job AND later.web_host IS jobs.web_host AND later.id > jobs.id)
             AS is_last_word
         FROM outbox JOIN jobs ON jobs.id = outbox.life
         WHERE next_try IS NULL AND {condition} ORDER BY outbox.id"
    ))?;
    statement
        .query_map(params![value, JobState::Running.as_str()], row)?
        .collect()
}

fn row(row: &Row<'_>) -> rusqlite::Result<(i64, GivenUp)> {
    let given_up = GivenUp {
        report: from_json(row, "report")?,
        is_resent: row.get("is_last_word")?,
    };
    Ok((row.get("id")?, given_up))
}

#[cfg(test)]
mod tests {
    use rbit_job::Status;

    use super::{
        super::{
            claim::claim,
            finish::finish,
            sample::{self, at, database},
        },
        *,
    };
    use crate::outbox;

    /// Runs an attempt to this end, after what it is to be told was, or was given up.
    fn ended(connection: &Connection, job: u32, attempt: u32, state: JobState, status: Status, is_taken: bool) {
        claim(connection, &sample::claim(job, attempt)).unwrap();
        finish(connection, &sample::finish(job, attempt, state, Some(status))).unwrap();
        for pending in outbox::due(connection, at(1000)).unwrap() {
            if is_taken {
                outbox::sent(connection, pending.id).unwrap();
            } else {
                outbox::failed(connection, pending.id, "no such status", None).unwrap();
            }
        }
    }

    /// Job, status, and whether it is sent again, of each report that was given up.
    fn resent(connection: &Connection, selector: Option<&str>) -> Vec<(String, Status, bool)> {
        let selector: Option<JobSelector> = selector.map(|text| text.parse().unwrap());
        let given_up = resend(connection, selector.as_ref(), at(2000)).unwrap();
        given_up
            .into_iter()
            .map(|one| (one.report.job.to_string(), one.report.status, one.is_resent))
            .collect()
    }

    #[test]
    fn a_report_that_was_given_up_is_due_again_as_if_it_were_new() {
        let connection = database();
        ended(&connection, 4, 1, JobState::Finished, Status::Done, false);
        ended(&connection, 5, 1, JobState::Finished, Status::Failed, false);
        assert_eq!(resent(&connection, Some("4")), [("4".to_owned(), Status::Done, true)]);
        let due = outbox::due(&connection, at(2000)).unwrap();
        let due: Vec<_> = due
            .iter()
            .map(|one| (one.report.job.as_str(), one.tries, one.created))
            .collect();
        assert_eq!(due, [("4", 0, at(2000))]);
        assert_eq!(resent(&connection, Some("4")), [], "it is no longer given up");
        assert_eq!(resent(&connection, None), [("5".to_owned(), Status::Failed, true)]);
    }

    #[test]
    fn a_status_after_which_others_came_is_not_told_any_more() {
        let connection = database();
        ended(&connection, 4, 1, JobState::Retrying, Status::Blocked, false);
        assert_eq!(
            resent(&connection, Some("4")),
            [("4".to_owned(), Status::Blocked, true)]
        );
        for pending in outbox::due(&connection, at(2000)).unwrap() {
            outbox::failed(&connection, pending.id, "no such status", None).unwrap();
        }
        let no_news = [("4".to_owned(), Status::Blocked, false)];
        claim(&connection, &sample::claim(4, 2)).unwrap();
        assert_eq!(resent(&connection, Some("4")), no_news, "it runs");
        let done = sample::finish(4, 2, JobState::Finished, Some(Status::Done));
        finish(&connection, &done).unwrap();
        assert_eq!(resent(&connection, Some("4")), no_news, "a later one waits");
        let later = outbox::due(&connection, at(2000)).unwrap().remove(0);
        outbox::sent(&connection, later.id).unwrap();
        assert_eq!(resent(&connection, Some("4")), no_news, "a later one was taken");
    }

    #[test]
    fn a_life_that_another_one_followed_has_said_its_last_word() {
        let connection = database();
        ended(&connection, 4, 1, JobState::Finished, Status::Failed, false);
        ended(&connection, 4, 1, JobState::Finished, Status::Failed, true);
        assert_eq!(
            resent(&connection, Some("4")),
            [("4".to_owned(), Status::Failed, false)]
        );
    }
}
