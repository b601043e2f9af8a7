//! Events that nobody was told yet.

use rbit_job::{event::StatusEvent, port::PendingEvent};
use rusqlite::{Connection, params};

use crate::value::{from_json, json};

/// Writes an event down behind all others.
pub(crate) fn add(connection: &Connection, event: &StatusEvent) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO events (event) VALUES (?1)")?
        .execute(params![json(event)?])?;
    Ok(())
}

/// The first of them, in their order.
pub(crate) fn untold(connection: &Connection) -> rusqlite::Result<Vec<PendingEvent>> {
    let mut statement = connection.prepare_cached("SELECT id, event FROM events ORDER BY id LIMIT ?1")?;
    let rows = statement.query_map(params![MAX_UNTOLD], |row| {
        Ok(PendingEvent {
            id: row.get("id")?,
            event: from_json(row, "event")?,
        })
    })?;
    rows.collect()
}

/// Strikes out all up to this one.
pub(crate) fn strike_out(connection: &Connection, last: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM events WHERE id <= ?1")?
        .execute([last])?;
    Ok(())
}

/// Events in one answer; whoever tells them asks again.
const MAX_UNTOLD: u32 = 100;

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use rbit_job::{Attempt, JobId, JobKey, QueueName, RunnerName, Status};

    use super::*;
    use crate::schema;

    fn event(attempt: u32) -> StatusEvent {
        let queue = QueueName::new("cnx_any_latex_pdf").unwrap();
        StatusEvent {
            key: JobKey::of(&queue, None, b"{}"),
            job: JobId::new("4").unwrap(),
            package: "m9003".into(),
            version: "1.2".into(),
            queue,
            runner: RunnerName::new("pdf").unwrap(),
            attempt: Attempt::new(attempt),
            status: Status::Building,
            reason: None,
            text: String::new(),
            artifacts: vec![],
            at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn events_are_kept_in_their_order_until_they_are_struck_out() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        for attempt in 1..=MAX_UNTOLD + 5 {
            add(&connection, &event(attempt)).unwrap();
        }
        let first = untold(&connection).unwrap();
        assert_eq!(first.len(), MAX_UNTOLD as usize);
        assert_eq!(first[0].event, event(1));
        strike_out(&connection, first[MAX_UNTOLD as usize - 1].id).unwrap();
        let rest: Vec<_> = untold(&connection)
            .unwrap()
            .into_iter()
            .map(|one| one.event.attempt.number())
            .collect();
        assert_eq!(rest, [101, 102, 103, 104, 105]);
    }
}
