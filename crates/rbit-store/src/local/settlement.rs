//! Settling a message of a local queue.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use rbit_job::{
    Attempt, Disposition, QueueName,
    port::{Clock, Settle, SettleError},
};
use rusqlite::{Connection, params};

use super::{hold::Hold, parked::kept};
use crate::{DatabaseError, database::Database, value::micros, wake::Wake};

/// One row that is with us. Dropped unsettled, it lets go of the row.
pub(super) struct Settlement {
    pub(super) number: i64,
    pub(super) queue: QueueName,
    pub(super) hold: Arc<Hold>,
    pub(super) database: Database,
    pub(super) clock: Arc<dyn Clock>,
    /// Wakes the source: a place in the prefetch is free, or a row is to be freed.
    pub(super) wake: Arc<Wake>,
    pub(super) is_settled: bool,
}

#[async_trait]
impl Settle for Settlement {
    async fn settle(mut self: Box<Self>, disposition: &Disposition) -> Result<(), SettleError> {
        let Some(change) = Change::of(disposition, self.clock.now()) else {
            return Ok(());
        };
        let (number, hold) = (self.number, Arc::clone(&self.hold));
        let changed = self
            .database
            .write(move |connection| Ok(change.carry_out(connection, number, &hold.holder)?))
            .await;
        let is_ours = changed.map_err(|source| self.failure(disposition, source))?;
        self.is_settled = true;
        self.wake.messages.notify_one();
        if is_ours { Ok(()) } else { Err(SettleError::Stale) }
    }

    fn is_live(&self) -> bool {
        self.hold.is_open()
    }
}

impl Settlement {
    fn failure(&self, disposition: &Disposition, source: DatabaseError) -> SettleError {
        match disposition {
            Disposition::Ack | Disposition::Leave => SettleError::Acknowledge(Box::new(source)),
            Disposition::Retry { .. } | Disposition::Park { .. } => SettleError::Store {
                target: self.queue.to_string(),
                source: Box::new(source),
            },
        }
    }
}

impl Drop for Settlement {
    fn drop(&mut self) {
        if !self.is_settled {
            self.hold.let_go(self.number);
            self.wake.messages.notify_one();
        }
    }
}

/// What a disposition does to a row.
#[derive(Debug)]
enum Change {
    Delete,
    Retry {
        now: Timestamp,
        ready_at: Timestamp,
        attempt: Attempt,
    },
    Park {
        reason: &'static str,
        text: String,
        now: Timestamp,
    },
}

impl Change {
    /// `None` when the row is just let go.
    fn of(disposition: &Disposition, now: Timestamp) -> Option<Self> {
        match disposition {
            Disposition::Ack => Some(Self::Delete),
            Disposition::Retry { delay, attempt } => {
                let ready_at = now.checked_add(*delay).unwrap_or(Timestamp::MAX);
                Some(Self::Retry {
                    now,
                    ready_at,
                    attempt: *attempt,
                })
            }
            Disposition::Park { reason, text } => Some(Self::Park {
                reason: reason.as_str(),
                text: kept(text).to_owned(),
                now,
            }),
            Disposition::Leave => None,
        }
    }

    /// Whether the row was still the holder's, and so was changed.
    fn carry_out(&self, connection: &Connection, number: i64, holder: &str) -> rusqlite::Result<bool> {
        let rows = match self {
            Self::Delete => connection
                .prepare_cached("DELETE FROM messages WHERE id = ?1 AND holder = ?2")?
                .execute(params![number, holder]),
            Self::Retry { now, ready_at, attempt } => connection
                .prepare_cached(
                    "UPDATE messages SET holder = NULL, ready_at = ?3, attempt = ?4, put_off_at = ?5,
                                         redelivered = redelivered AND attempt = ?4
                     WHERE id = ?1 AND holder = ?2",
                )?
                .execute(params![
                    number,
                    holder,
                    micros(*ready_at),
                    attempt.number(),
                    micros(*now)
                ]),
            Self::Park { reason, text, now } => connection
                .prepare_cached(
                    "UPDATE messages SET holder = NULL, parked_at = ?3, parked_reason = ?4, parked_text = ?5
                     WHERE id = ?1 AND holder = ?2",
                )?
                .execute(params![number, holder, micros(*now), reason, text]),
        };
        Ok(rows? == 1)
    }
}
