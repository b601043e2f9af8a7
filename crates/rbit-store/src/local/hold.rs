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
            connection
                .prepare_cached(
                    "UPDATE messages SET holder = NULL, redelivered = 1, ready_at = ?3 WHERE id = ?1 AND holder = ?2",
                )?
                .execute(params![number, self.holder, micros(ready_at)])?;
            self.dropped().retain(|dropped| dropped != number);
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
