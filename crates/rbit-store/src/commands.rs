//! Orders to the box that works in the folder, given by other processes.

use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use rbit_job::{BoxCommand, port::CommandSource};
use rusqlite::{Connection, OptionalExtension, params};
use tokio::time::{sleep, timeout};
use tracing::error;

use crate::{
    DatabaseError, Incarnation,
    value::{from_json, json, micros},
};

/// Hands out the orders that were given with [`Store::order`](crate::Store::order) and [`Store::cancel`](crate::Store::cancel), in
/// their order, each once.
///
/// Those of another process are noticed within a tenth of a second. An order is struck out when the next one is asked for: one that
/// was being carried out when the process was lost is given again to the next, unless it was a drain.
pub struct StoreCommands {
    incarnation: Incarnation,
    /// The order that was handed out last, until it is struck out.
    handed_out: Option<i64>,
}

impl StoreCommands {
    /// The orders to this incarnation.
    pub fn open(incarnation: &Incarnation) -> Self {
        Self {
            incarnation: incarnation.clone(),
            handed_out: None,
        }
    }

    async fn take(&mut self) -> Result<Option<BoxCommand>, DatabaseError> {
        if let Some(number) = self.handed_out {
            self.incarnation
                .write(move |connection| Ok(strike_out(connection, number)?))
                .await?;
            self.handed_out = None;
        }
        let next = self
            .incarnation
            .database()
            .read(|connection| Ok(first(connection)?))
            .await?;
        let Some((number, command)) = next else { return Ok(None) };
        self.handed_out = Some(number);
        command.map(Some)
    }
}

#[async_trait]
impl CommandSource for StoreCommands {
    async fn next(&mut self) -> Option<BoxCommand> {
        let wake = self.incarnation.wake();
        loop {
            match self.take().await {
                Ok(Some(command)) => return Some(command),
                // Not an error when the time is over: another process may have given an order.
                Ok(None) => drop(timeout(LOOK_AGAIN, wake.commands.notified()).await),
                Err(error) => {
                    error!(
                        error = &error as &dyn std::error::Error,
                        "cannot read the orders to this box"
                    );
                    sleep(AFTER_ERROR).await;
                }
            }
        }
    }
}

/// Adds an order behind those that were given before.
pub(crate) fn add(connection: &Connection, command: &BoxCommand, now: Timestamp) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO commands (is_momentary, command, ordered) VALUES (?1, ?2, ?3)")?
        .execute(params![is_momentary(command), json(command)?, micros(now)])?;
    Ok(())
}

/// Drops what was meant for an earlier incarnation, and what is so old that nobody counts on it. To be called by the holder of the
/// lock, with a moment at which it did not have the lock yet.
pub(crate) fn drop_unheard(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let oldest_kept = now.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
    connection.execute(
        "DELETE FROM commands WHERE ordered < ?1 OR (is_momentary AND ordered < ?2)",
        params![micros(oldest_kept), micros(now)],
    )?;
    Ok(())
}

/// A drain that came too late must not end the box that was started after it; and that box looks for reports by itself.
fn is_momentary(command: &BoxCommand) -> bool {
    match command {
        BoxCommand::Drain | BoxCommand::Report => true,
        BoxCommand::Cancel(_) => false,
    }
}

/// An order with its number, and what it says if that can be read: a newer rbit may have written it.
type Numbered = (i64, Result<BoxCommand, DatabaseError>);

fn first(connection: &Connection) -> rusqlite::Result<Option<Numbered>> {
    let mut statement = connection.prepare_cached("SELECT id, command FROM commands ORDER BY id LIMIT 1")?;
    let numbered = statement.query_row([], |row| {
        let command = from_json(row, "command").map_err(DatabaseError::Sqlite);
        Ok((row.get("id")?, command))
    });
    numbered.optional()
}

fn strike_out(connection: &Connection, number: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM commands WHERE id = ?1")?
        .execute([number])?;
    Ok(())
}

const LOOK_AGAIN: Duration = Duration::from_millis(100);
const AFTER_ERROR: Duration = Duration::from_secs(1);
/// As long as a cancellation is remembered.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
