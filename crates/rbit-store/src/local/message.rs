//! Messages in the table: put in, taken out, counted.

use jiff::Timestamp;
use rbit_job::{Attempt, QueueName, port::Subscription};
use rusqlite::{Connection, OptionalExtension, params};

use crate::{PushError, value::micros};

/// The largest body that a local queue takes, in bytes. Requests have about 800.
pub const MAX_BODY: usize = 1024 * 1024;

/// The longest message id, in bytes: as long as AMQP's.
pub const MAX_MESSAGE_ID: usize = 255;

/// A message on its way into a queue.
#[derive(Debug)]
pub(crate) struct NewMessage {
    queue: String,
    body: Vec<u8>,
    message_id: Option<String>,
    now: i64,
}

impl NewMessage {
    /// Refuses what is too large to be stored.
    pub(crate) fn new(
        queue: &QueueName,
        body: &[u8],
        message_id: Option<&str>,
        now: Timestamp,
    ) -> Result<Self, PushError> {
        if body.len() > MAX_BODY {
            return Err(PushError::BodyTooLarge(body.len()));
        }
        if let Some(id) = message_id.filter(|id| id.len() > MAX_MESSAGE_ID) {
            return Err(PushError::MessageIdTooLong(id.len()));
        }
        Ok(Self {
            queue: queue.as_str().to_owned(),
            body: body.to_vec(),
            message_id: message_id.map(str::to_owned),
            now: micros(now),
        })
    }

    /// Appends it to its queue, and gives its number.
    pub(crate) fn insert(&self, connection: &Connection) -> rusqlite::Result<i64> {
        connection
            .prepare_cached("INSERT INTO messages (queue, body, message_id, pushed_at) VALUES (?1, ?2, ?3, ?4)")?
            .insert(params![self.queue, self.body, self.message_id, self.now])
    }
}

/// A message that a source took.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) number: i64,
    pub(super) queue: QueueName,
    pub(super) body: Vec<u8>,
    pub(super) message_id: Option<String>,
    pub(super) attempt: Attempt,
    pub(super) redelivered: bool,
    /// Which message it is, and how often it was put back.
    pub(super) requeued: Option<String>,
}

/// Takes the oldest ready message of a queue, unless the holder has as many of the queue's as it may.
pub(super) fn take(
    connection: &Connection,
    subscription: &Subscription,
    holder: &str,
    now: Timestamp,
) -> rusqlite::Result<Option<Message>> {
    let queue = subscription.queue.as_str();
    if held(connection, queue, holder)? >= i64::from(subscription.prefetch) {
        return Ok(None);
    }
    // Looked up before it is written to: a source that finds nothing must not cost a commit.
    let found = oldest_ready(connection, &subscription.queue, now)?;
    if let Some(message) = &found {
        connection
            .prepare_cached("UPDATE messages SET holder = ?2, ready_at = NULL, put_off_at = NULL WHERE id = ?1")?
            .execute(params![message.number, holder])?;
    }
    Ok(found)
}

/// Begins the waits anew that began at a time that has not come yet: the clock was set back, and nobody knows for how long they have
/// lasted.
pub(super) fn wait_anew(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let now = micros(now);
    // Looked up before it is written to: it is the case once in years.
    let is_so = connection
        .prepare_cached("SELECT 1 FROM messages WHERE put_off_at > ?1")?
        .exists([now])?;
    if is_so {
        connection
            .prepare_cached(
                "UPDATE messages SET ready_at = ready_at - put_off_at + ?1, put_off_at = ?1 WHERE put_off_at > ?1",
            )?
            .execute([now])?;
    }
    Ok(())
}

/// How many messages of a queue are ready or wait for a retry.
pub(super) fn waiting(connection: &Connection, queue: &QueueName) -> rusqlite::Result<u64> {
    let mut statement = connection
        .prepare_cached("SELECT count(*) FROM messages WHERE queue = ?1 AND holder IS NULL AND parked_at IS NULL")?;
    statement
        .query_row([queue.as_str()], |row| row.get::<_, u32>(0))
        .map(u64::from)
}

fn held(connection: &Connection, queue: &str, holder: &str) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached("SELECT count(*) FROM messages WHERE holder = ?1 AND queue = ?2")?;
    statement.query_row([holder, queue], |row| row.get(0))
}

fn oldest_ready(connection: &Connection, queue: &QueueName, now: Timestamp) -> rusqlite::Result<Option<Message>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, body, message_id, attempt, redelivered, requeued FROM messages
         WHERE queue = ?1 AND holder IS NULL AND parked_at IS NULL AND (ready_at IS NULL OR ready_at <= ?2)
         ORDER BY id LIMIT 1",
    )?;
    let message = statement.query_row(params![queue.as_str(), micros(now)], |row| {
        let (number, times) = (row.get("id")?, row.get::<_, u32>("requeued")?);
        Ok(Message {
            number,
            queue: queue.clone(),
            body: row.get("body")?,
            message_id: row.get("message_id")?,
            attempt: Attempt::new(row.get("attempt")?),
            redelivered: row.get("redelivered")?,
            requeued: (times > 0).then(|| format!("{number}.{times}")),
        })
    });
    message.optional()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_is_refused_before_it_is_stored() {
        let (queue, now) = (QueueName::new("q").unwrap(), Timestamp::UNIX_EPOCH);
        assert!(NewMessage::new(&queue, &vec![0; MAX_BODY], Some(&"i".repeat(MAX_MESSAGE_ID)), now).is_ok());
        let body = NewMessage::new(&queue, &vec![0; MAX_BODY + 1], None, now);
        assert!(
            matches!(body, Err(PushError::BodyTooLarge(n)) if n == MAX_BODY + 1),
            "{body:?}"
        );
        let id = NewMessage::new(&queue, b"", Some(&"i".repeat(MAX_MESSAGE_ID + 1)), now);
        assert!(
            matches!(id, Err(PushError::MessageIdTooLong(n)) if n == MAX_MESSAGE_ID + 1),
            "{id:?}"
        );
    }
}
