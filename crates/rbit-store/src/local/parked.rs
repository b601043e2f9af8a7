//! Messages that were put aside for a person.

use jiff::Timestamp;
use rbit_job::{Attempt, QueueName};
use rusqlite::{Connection, Row};

use crate::value::{parsed, time};

/// A message that was put aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedMessage {
    /// Its number: the same as when it was pushed.
    pub number: i64,
    /// The queue it was taken from.
    pub queue: QueueName,
    /// Its bytes, exactly as pushed.
    pub body: Vec<u8>,
    /// The producer's id.
    pub message_id: Option<String>,
    /// The attempt at which it was put aside.
    pub attempt: Attempt,
    /// The stable word of a [`Reason`](rbit_job::Reason); text, because another version of rbit may have written it.
    pub reason: String,
    /// What happened, for people; at most [`MAX_PARKED_TEXT`] bytes.
    pub text: String,
    /// When it was put aside.
    pub parked: Timestamp,
}

/// Bytes of the text that are kept with a parked message.
pub const MAX_PARKED_TEXT: usize = 8 * 1024;

/// The parked messages, the oldest first, at most `limit`.
pub(crate) fn parked(connection: &Connection, limit: u32) -> rusqlite::Result<Vec<ParkedMessage>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM messages WHERE parked_at IS NOT NULL ORDER BY id LIMIT ?1")?;
    statement.query_map([limit], message)?.collect()
}

/// Puts a parked message back into its queue, as its first attempt and with a mark that a person wants it run; whether there was one
/// of this number.
pub(crate) fn requeue(connection: &Connection, number: i64) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(
        "UPDATE messages SET parked_at = NULL, parked_reason = NULL, parked_text = NULL, attempt = 1, redelivered = 0,
                             ready_at = NULL, holder = NULL, requeued = requeued + 1
         WHERE id = ?1 AND parked_at IS NOT NULL",
    )?;
    Ok(statement.execute([number])? == 1)
}

/// Deletes a parked message; whether there was one of this number.
pub(crate) fn delete(connection: &Connection, number: i64) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached("DELETE FROM messages WHERE id = ?1 AND parked_at IS NOT NULL")?;
    Ok(statement.execute([number])? == 1)
}

/// As much of a text as is kept.
pub(super) fn kept(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_PARKED_TEXT))
        .unwrap_or_default()
}

fn message(row: &Row<'_>) -> rusqlite::Result<ParkedMessage> {
    Ok(ParkedMessage {
        number: row.get("id")?,
        queue: parsed(row, "queue", QueueName::new)?,
        body: row.get("body")?,
        message_id: row.get("message_id")?,
        attempt: Attempt::new(row.get("attempt")?),
        reason: row.get("parked_reason")?,
        text: row.get("parked_text")?,
        parked: time(row, "parked_at")?,
    })
}
