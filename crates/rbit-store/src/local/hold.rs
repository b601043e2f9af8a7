//! Which messages are with whom, and how they come back.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};

use crate::value::micros;

/// What a source and its deliveries share: the name under which rows are held, and the rows nobody wants any more.
#[derive(Debug)]
pub(super) struct Hold {
    /// The value of `holder` in the rows of this source. No other source ever has it.
    pub(super) holder: String,
    is_open: AtomicBool,
    let_go: Mutex<Vec<i64>>,
}

impl Hold {
    pub(super) fn new(holder: String) -> Self {
        Self {
            holder,
            is_open: AtomicBool::new(true),
            let_go: Mutex::default(),
        }
    }

    /// Whether the source's messages are still its own.
    pub(super) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::SeqCst)
    }

    pub(super) fn close(&self) {
        self.is_open.store(false, Ordering::SeqCst);
    }

    /// Notes that a delivery was dropped. The row is freed with the source's next look at its queues, for a drop cannot wait.
    pub(super) fn let_go(&self, number: i64) {
        self.dropped().push(number);
    }

    /// Frees the rows of dropped deliveries. They can be taken again after a moment: a job whose every attempt ends so must not spin.
    pub(super) fn free_dropped(&self, connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
        let numbers = self.dropped().clone();
        let ready_at = now.checked_add(PAUSE).unwrap_or(Timestamp::MAX);
        for number in &numbers {
            let freed = connection
                .prepare_cached(
                    "UPDATE messages SET holder = NULL, redelivered = 1, ready_at = ?3, put_off_at = ?4
                     WHERE id = ?1 AND holder = ?2",
                )?
                .execute(params![number, self.holder, micros(ready_at), micros(now)])?;
            // The transaction may yet fail, and with it this. A row that is found free was freed for good.
            if freed == 0 {
                self.dropped().retain(|dropped| dropped != number);
            }
        }
        Ok(())
    }

    fn dropped(&self) -> MutexGuard<'_, Vec<i64>> {
        self.let_go.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Frees all that a source holds.
pub(super) fn free_holder(connection: &Connection, holder: &str) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE messages SET holder = NULL, redelivered = 1 WHERE holder = ?1",
        [holder],
    )?;
    Ok(())
}

/// Frees a message that was taken and shown to nobody.
pub(super) fn free_unseen(connection: &Connection, number: i64, holder: &str) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE messages SET holder = NULL WHERE id = ?1 AND holder = ?2",
        params![number, holder],
    )?;
    Ok(())
}

/// Frees all that anybody holds. To be called by the holder of the lock before it opens a source.
pub(crate) fn free_all(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE messages SET holder = NULL, redelivered = 1 WHERE holder IS NOT NULL",
        [],
    )?;
    Ok(())
}

const PAUSE: SignedDuration = SignedDuration::from_secs(1);

#[cfg(test)]
mod tests {
    use rbit_job::QueueName;

    use super::*;
    use crate::{local::NewMessage, schema};

    #[test]
    fn a_dropped_message_is_freed_though_the_disk_was_full_the_first_time() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        let (queue, now) = (QueueName::new("q").unwrap(), Timestamp::UNIX_EPOCH);
        let message = NewMessage::new(&queue, b"{}", None, now).unwrap();
        let number = message.insert(&connection).unwrap();
        connection.execute("UPDATE messages SET holder = 'us'", []).unwrap();
        let hold = Hold::new("us".into());
        hold.let_go(number);

        let failing = connection.transaction().unwrap();
        hold.free_dropped(&failing, now).unwrap();
        failing.rollback().unwrap();
        hold.free_dropped(&connection, now).unwrap();
        let free = |connection: &Connection| {
            let count = "SELECT count(*) FROM messages WHERE holder IS NULL";
            connection.query_one(count, [], |row| row.get::<_, u32>(0)).unwrap()
        };
        assert_eq!(free(&connection), 1);

        hold.free_dropped(&connection, now).unwrap();
        connection.execute("UPDATE messages SET holder = 'us'", []).unwrap();
        hold.free_dropped(&connection, now).unwrap();
        assert_eq!(free(&connection), 0, "taken again, it is not let go again");
    }
}
