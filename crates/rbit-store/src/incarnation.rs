//! One life of the box.

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::Connection;
use tokio::sync::Notify;

use crate::{
    BeginError, DatabaseError,
    database::{Answer, Database},
    journal, local,
    lock::FolderLock,
};

/// The one process that works in a state folder, from [`Store::begin`](crate::Store::begin) until the last clone is dropped.
///
/// It is the box's [`Journal`](rbit_job::port::Journal), and what a [`LocalSource`](crate::LocalSource) is opened on: the type
/// keeps everybody else from claiming jobs.
#[derive(Clone, Debug)]
pub struct Incarnation {
    database: Database,
    changed: Arc<Notify>,
    lock: Arc<FolderLock>,
}

impl Incarnation {
    /// Frees what earlier incarnations held: with the lock in our hands, none of them lives.
    pub(crate) async fn begin(
        database: Database,
        changed: Arc<Notify>,
        lock: FolderLock,
        now: Timestamp,
    ) -> Result<Self, BeginError> {
        let begun = Self {
            database,
            changed,
            lock: Arc::new(lock),
        };
        let freed = begun.call(move |connection| {
            let transaction = connection.transaction()?;
            journal::resolve_cut_off(&transaction, now)?;
            journal::forget_old(&transaction, now)?;
            local::free_all(&transaction)?;
            Ok(transaction.commit()?)
        });
        freed.await.map_err(BeginError::TakeOver)?;
        Ok(begun)
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    pub(crate) fn changed(&self) -> Arc<Notify> {
        Arc::clone(&self.changed)
    }

    /// As [`Database::call`].
    pub(crate) async fn call<T, W>(&self, work: W) -> Result<T, DatabaseError>
    where
        T: Send + 'static,
        W: FnOnce(&mut Connection) -> Result<T, DatabaseError> + Send + 'static,
    {
        self.submit(work).await?.await.map_err(|_| DatabaseError::ThreadEnded)?
    }

    /// As [`Database::submit`]; the lock is kept until the work is done, so that none of it can follow the next one's beginning.
    pub(crate) async fn submit<T, W>(&self, work: W) -> Result<Answer<T>, DatabaseError>
    where
        T: Send + 'static,
        W: FnOnce(&mut Connection) -> Result<T, DatabaseError> + Send + 'static,
    {
        let lock = Arc::clone(&self.lock);
        let work = move |connection: &mut Connection| {
            let done = work(connection);
            drop(lock);
            done
        };
        self.database.submit(work).await
    }
}
