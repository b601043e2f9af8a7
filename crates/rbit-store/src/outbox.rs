//! Reports that PyBit has not taken yet.

use jiff::Timestamp;
use rbit_job::{
    JobId, Status,
    port::{LONGEST_REPORT_WAIT, PendingReport, Report},
};
use rusqlite::{Connection, Row, params};

use crate::value::{from_json, json, micros, time, time_if_any};

/// Writes a report down, due at once.
pub(crate) fn add(connection: &Connection, life: i64, report: &Report, now: Timestamp) -> rusqlite::Result<()> {
    let (job, web_host) = (report.job.as_str(), &report.web_host);
    connection
        .prepare_cached(
            "INSERT INTO outbox (life, job, web_host, report, created, next_try) VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
        )?
        .execute(params![life, job, web_host, json(report)?, micros(now)])?;
    Ok(())
}

/// The reports that are to be sent by now: of each job the first that is not sent. The others wait for it, so that PyBit hears
/// `Blocked` before `Done`.
///
/// An answer is bounded, and so is each front-end's part of it: those that have been due for the longest. The work is bounded too,
/// however many reports wait: a front-end may be down for days.
///
/// What is put off for longer than anybody puts a report off was written before the clock was set back.
pub(crate) fn due(connection: &Connection, now: Timestamp) -> rusqlite::Result<Vec<PendingReport>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, report, tries, created FROM outbox
         WHERE web_host IS ?1 AND next_try > ?2 AND next_try <= ?3
             AND NOT EXISTS (SELECT 1 FROM outbox AS first
                             WHERE first.web_host IS outbox.web_host AND first.job = outbox.job AND first.next_try IS NOT NULL
                                 AND first.id < outbox.id)
         ORDER BY next_try, id LIMIT ?4",
    )?;
    let latest = now.checked_add(LONGEST_REPORT_WAIT).unwrap_or(Timestamp::MAX);
    let mut due = Vec::new();
    for web_host in web_hosts(connection)? {
        for (after, until) in [(i64::MIN, micros(now)), (micros(latest), i64::MAX)] {
            let rows = statement.query_map(params![web_host, after, until, MAX_DUE_AT_ONE], pending)?;
            due.extend(rows.collect::<Result<Vec<_>, _>>()?);
        }
    }
    Ok(due)
}

/// The front-ends that reports may be for: those that messages named, and none.
fn web_hosts(connection: &Connection) -> rusqlite::Result<Vec<Option<String>>> {
    // Each is found by one step in the index, where DISTINCT would look at every report.
    let mut statement = connection.prepare_cached(
        "WITH RECURSIVE hosts (host) AS (
             SELECT min(web_host) FROM outbox WHERE next_try IS NOT NULL
             UNION ALL
             SELECT (SELECT min(web_host) FROM outbox WHERE next_try IS NOT NULL AND web_host > host)
             FROM hosts WHERE host IS NOT NULL LIMIT ?1)
         SELECT host FROM hosts WHERE host IS NOT NULL
         UNION ALL SELECT NULL",
    )?;
    statement.query_map([MAX_HOSTS], |row| row.get(0))?.collect()
}

/// When the first report will be due of those that are not yet. One that waits for another is due since it was written.
pub(crate) fn next_due(connection: &Connection, after: Timestamp) -> rusqlite::Result<Option<Timestamp>> {
    let mut statement = connection.prepare_cached("SELECT min(next_try) AS due FROM outbox WHERE next_try > ?1")?;
    statement.query_row([micros(after)], |row| time_if_any(row, "due"))
}

/// Whether a report is still to be sent.
pub(crate) fn is_unsent(connection: &Connection, id: i64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM outbox WHERE id = ?1 AND next_try IS NOT NULL")?
        .exists([id])
}

/// Whether any report of a job is.
pub(crate) fn has_unsent(connection: &Connection, job: &JobId, web_host: Option<&str>) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM outbox WHERE web_host IS ?2 AND job = ?1 AND next_try IS NOT NULL")?
        .exists(params![job.as_str(), web_host])
}

/// Writes down that an attempt has begun. It is told when what is still to be told of its job has been: that is tried at once, for
/// the front-end may well answer again.
pub(crate) fn add_start(connection: &Connection, life: i64, report: &Report, now: Timestamp) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE outbox SET next_try = ?3 WHERE web_host IS ?2 AND job = ?1 AND next_try > ?3")?
        .execute(params![report.job.as_str(), report.web_host, micros(now)])?;
    add(connection, life, report, now)
}

/// Forgets that an attempt of this life has begun: it has ended.
pub(crate) fn forget_start(connection: &Connection, life: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM outbox WHERE life = ?1 AND json_extract(report, '$.status') = ?2")?
        .execute(params![life, Status::Building.as_str()])?;
    Ok(())
}

/// Forgets that any attempt has begun: all have ended.
pub(crate) fn forget_starts(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute(
        "DELETE FROM outbox WHERE json_extract(report, '$.status') = ?1",
        [Status::Building.as_str()],
    )?;
    Ok(())
}

/// Strikes a report out.
pub(crate) fn sent(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM outbox WHERE id = ?1", [id])?;
    Ok(())
}

/// Counts a try that failed. Without a next one the report is given up: it stays, with its error, and holds up no other.
pub(crate) fn failed(
    connection: &Connection,
    id: i64,
    error: &str,
    next_try: Option<Timestamp>,
) -> rusqlite::Result<()> {
    let error = error.get(..error.floor_char_boundary(MAX_ERROR)).unwrap_or_default();
    connection.execute(
        "UPDATE outbox SET tries = tries + 1, last_error = ?2, next_try = ?3 WHERE id = ?1",
        params![id, error, next_try.map(micros)],
    )?;
    Ok(())
}

fn pending(row: &Row<'_>) -> rusqlite::Result<PendingReport> {
    Ok(PendingReport {
        id: row.get("id")?,
        report: from_json(row, "report")?,
        tries: row.get("tries")?,
        created: time(row, "created")?,
    })
}

/// Front-ends in one answer; whoever sends the reports asks again.
const MAX_HOSTS: u32 = 100;
/// Reports to each of them.
const MAX_DUE_AT_ONE: u32 = 25;

/// Bytes of an error that are kept.
const MAX_ERROR: usize = 2000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// An outbox with these reports to one front-end, written at seconds 0, 1, 2 …
    fn outbox(reports: &[(u32, Status)]) -> Connection {
        let to_pybit = |(job, status): &(u32, Status)| ("pybit:8080", *job, *status);
        outbox_to(&reports.iter().map(to_pybit).collect::<Vec<_>>())
    }

    /// The same with the front-ends that the reports are for.
    fn outbox_to(reports: &[(&str, u32, Status)]) -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap(); // These reports belong to no row of the journal.
        for ((web_host, job, status), second) in reports.iter().zip(0..) {
            let job = JobId::new(job.to_string()).unwrap();
            let report = Report {
                job,
                web_host: Some((*web_host).to_owned()),
                status: *status,
            };
            add(&connection, 1, &report, at(second)).unwrap();
        }
        connection
    }

    fn due_at(connection: &Connection, second: i64) -> Vec<(String, Status)> {
        let due = due(connection, at(second)).unwrap();
        due.into_iter()
            .map(|pending| (pending.report.job.to_string(), pending.report.status))
            .collect()
    }

    fn first(connection: &Connection) -> PendingReport {
        due(connection, at(1000)).unwrap().remove(0)
    }

    #[test]
    fn the_reports_of_a_job_come_one_after_another_and_the_oldest_job_first() {
        use Status::{Blocked, Done, Failed};
        let connection = outbox(&[(7, Blocked), (8, Failed), (7, Done)]);
        assert_eq!(due_at(&connection, 0), [("7".to_owned(), Blocked)]);
        assert_eq!(
            due_at(&connection, 9),
            [("7".to_owned(), Blocked), ("8".to_owned(), Failed)]
        );
        sent(&connection, first(&connection).id).unwrap();
        assert_eq!(
            due_at(&connection, 9),
            [("8".to_owned(), Failed), ("7".to_owned(), Done)]
        );
    }

    #[test]
    fn a_report_that_was_put_off_before_the_clock_was_set_back_is_due() {
        let connection = outbox(&[(7, Status::Done)]);
        let day = 24 * 60 * 60;
        failed(
            &connection,
            first(&connection).id,
            "connection refused",
            Some(at(day + 300)),
        )
        .unwrap();
        assert_eq!(due_at(&connection, day), []);
        assert_eq!(due_at(&connection, 0), [("7".to_owned(), Status::Done)]);
    }

    #[test]
    fn a_report_that_failed_waits_for_its_next_try_and_its_successors_wait_with_it() {
        let connection = outbox(&[(7, Status::Blocked), (7, Status::Done)]);
        failed(&connection, first(&connection).id, "connection refused", Some(at(60))).unwrap();
        assert_eq!(due_at(&connection, 59), []);
        assert_eq!(
            next_due(&connection, at(59)).unwrap(),
            Some(at(60)),
            "the successor's own time does not count"
        );
        assert_eq!(due_at(&connection, 60), [("7".to_owned(), Status::Blocked)]);
        assert_eq!(next_due(&connection, at(60)).unwrap(), None, "it is due already");
        assert_eq!((first(&connection).tries, first(&connection).created), (1, at(0)));
    }

    #[test]
    fn a_report_that_was_given_up_stays_to_be_seen_and_lets_its_successor_go() {
        let connection = outbox(&[(7, Status::Blocked), (7, Status::Done)]);
        let long = "\u{20ac}".repeat(MAX_ERROR);
        failed(&connection, first(&connection).id, &long, None).unwrap();
        assert_eq!(due_at(&connection, 9), [("7".to_owned(), Status::Done)]);
        sent(&connection, first(&connection).id).unwrap();
        assert_eq!(next_due(&connection, Timestamp::MIN).unwrap(), None);
        let kept: String = connection
            .query_one("SELECT last_error FROM outbox", [], |row| row.get(0))
            .unwrap();
        assert!(
            long.starts_with(&kept) && kept.len() > MAX_ERROR - 3 && kept.len() <= MAX_ERROR,
            "{}",
            kept.len()
        );
    }

    #[test]
    fn jobs_of_one_number_at_two_front_ends_do_not_wait_for_each_other() {
        let connection = outbox_to(&[("a:1", 7, Status::Blocked), ("b:1", 7, Status::Done)]);
        let due = due_at(&connection, 9);
        assert_eq!(due, [("7".to_owned(), Status::Blocked), ("7".to_owned(), Status::Done)]);
    }

    #[test]
    fn the_start_of_an_attempt_waits_for_what_is_still_to_be_told_of_its_job_and_has_that_tried_at_once() {
        let connection = outbox(&[(7, Status::Blocked)]);
        failed(&connection, first(&connection).id, "connection refused", Some(at(300))).unwrap();
        let (job, host) = (JobId::new("7").unwrap(), Some("pybit:8080"));
        assert!(has_unsent(&connection, &job, host).unwrap());
        assert!(!has_unsent(&connection, &job, Some("other")).unwrap());
        let start = Report {
            job: job.clone(),
            web_host: host.map(str::to_owned),
            status: Status::Building,
        };
        add_start(&connection, 1, &start, at(60)).unwrap();
        for status in [Status::Blocked, Status::Building] {
            assert_eq!(due_at(&connection, 60), [("7".to_owned(), status)]);
            let id = first(&connection).id;
            sent(&connection, id).unwrap();
            assert!(!is_unsent(&connection, id).unwrap());
        }
        assert!(!has_unsent(&connection, &job, host).unwrap());
    }

    #[test]
    fn an_answer_is_bounded_and_no_front_end_takes_the_place_of_another() {
        let mut reports: Vec<_> = (0..MAX_DUE_AT_ONE + 5).map(|job| ("a:1", job, Status::Done)).collect();
        reports.push(("b:1", 9999, Status::Failed));
        let due = due_at(&outbox_to(&reports), 1000);
        assert_eq!(due.len(), MAX_DUE_AT_ONE as usize + 1);
        assert!(due.contains(&("9999".to_owned(), Status::Failed)));

        let hosts: Vec<_> = (0..MAX_HOSTS + 5).map(|host| format!("host-{host}:1")).collect();
        let reports: Vec<_> = hosts.iter().map(|host| (host.as_str(), 1, Status::Done)).collect();
        assert_eq!(due_at(&outbox_to(&reports), 1000).len(), MAX_HOSTS as usize);
    }

    #[test]
    fn a_report_whose_message_named_no_front_end_is_due_like_any_other() {
        let connection = outbox(&[(7, Status::Done)]);
        connection.execute("UPDATE outbox SET web_host = NULL", []).unwrap();
        assert_eq!(due_at(&connection, 0), [("7".to_owned(), Status::Done)]);
    }
}
