//! One life of the box.

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::Connection;

use crate::{
    BeginError, DatabaseError, commands,
    database::{Answer, Database},
    journal, local,
    lock::FolderLock,
    wake::Wake,
};

/// The one process that works in a state folder, from [`Store::begin`](crate::Store::begin) until the last clone is dropped.
///
/// It is the box's [`Journal`](rbit_job::port::Journal), and what a [`LocalSource`](crate::LocalSource) is opened on: the type
/// keeps everybody else from claiming jobs.
#[derive(Clone, Debug)]
pub struct Incarnation {
    database: Database,
    wake: Arc<Wake>,
    lock: Arc<FolderLock>,
}

impl Incarnation {
    /// Frees what earlier incarnations held: with the lock in our hands, none of them lives.
    pub(crate) async fn begin(
        database: Database,
        wake: Arc<Wake>,
        lock: FolderLock,
        now: Timestamp,
    ) -> Result<Self, BeginError> {
        let begun = Self {
            database,
            wake,
            lock: Arc::new(lock),
        };
        let freed = begun.write(move |connection| {
            journal::resolve_cut_off(connection, now)?;
            journal::forget_old(connection, now)?;
            commands::drop_unheard(connection, now)?;
            Ok(local::free_all(connection)?)
        });
        freed.await.map_err(BeginError::TakeOver)?;
        Ok(begun)
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    pub(crate) fn wake(&self) -> Arc<Wake> {
        Arc::clone(&self.wake)
    }

    /// As [`Database::write`].
    pub(crate) async fn write<T, W>(&self, work: W) -> Result<T, DatabaseError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, DatabaseError> + Send + 'static,
    {
        self.submit(work).await?.await.map_err(|_| DatabaseError::ThreadEnded)?
    }

    /// As [`Database::submit`]; the lock is kept until the work is done, so that none of it can follow the next one's beginning.
    pub(crate) async fn submit<T, W>(&self, work: W) -> Result<Answer<T>, DatabaseError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, DatabaseError> + Send + 'static,
    {
        self.database.submit(work, Arc::clone(&self.lock)).await
    }
}
