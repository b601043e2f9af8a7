//! What every process may do with the database.

use std::{path::Path, sync::Arc};

use jiff::Timestamp;
use rbit_job::{BoxCommand, Cancellation, JobRecord, QueueName, port::CancelNoted};
use rusqlite::Connection;

use crate::{
    BeginError, DatabaseError, GivenUp, Incarnation, JobFilter, JobHistory, JobSelector, OpenError, ParkedMessage,
    PushError, commands, database::Database, journal, local, lock::FolderLock, open, wake::Wake,
};

/// The database of a state folder. Handles are cheap to clone; the file is closed with the last of them.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// use rbit_job::QueueName;
/// use rbit_store::Store;
///
/// let store = Store::open(folder.path())?;
/// let queue = QueueName::new("cnx_any_latex_pdf")?;
/// store.push(&queue, b"{}", None, jiff::Timestamp::now()).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Store {
    folder: Arc<Path>,
    database: Database,
    wake: Arc<Wake>,
}

impl Store {
    /// Opens the database in the state folder, making both if need be: the folder for its owner alone (0700), the file too (0600).
    ///
    /// Blocks until SQLite has looked through the file for damage.
    pub fn open(state_dir: &Path) -> Result<Self, OpenError> {
        Self::start(state_dir, open::open(state_dir)?)
    }

    /// The same for whoever only looks at what is there, or gives orders about it: makes neither folder nor file.
    pub fn open_existing(state_dir: &Path) -> Result<Self, OpenError> {
        Self::start(state_dir, open::open_existing(state_dir)?)
    }

    fn start(state_dir: &Path, connection: Connection) -> Result<Self, OpenError> {
        let database = Database::start(connection).map_err(OpenError::StartThread)?;
        Ok(Self {
            folder: state_dir.into(),
            database,
            wake: Arc::default(),
        })
    }

    /// Becomes the one process that works in the folder, and writes down what became of the jobs that an earlier one was running.
    pub async fn begin(&self, now: Timestamp) -> Result<Incarnation, BeginError> {
        let lock = FolderLock::take(&self.folder).await?;
        Incarnation::begin(self.database.clone(), Arc::clone(&self.wake), lock, now).await
    }

    /// Puts a message at the end of a local queue, as its first attempt, and gives its number. A source of any process sees it.
    pub async fn push(
        &self,
        queue: &QueueName,
        body: &[u8],
        message_id: Option<&str>,
        now: Timestamp,
    ) -> Result<i64, PushError> {
        let message = local::NewMessage::new(queue, body, message_id, now)?;
        let number = self
            .database
            .write(move |connection| Ok(message.insert(connection)?))
            .await;
        self.wake.messages.notify_one();
        number.map_err(PushError::Store)
    }

    /// Messages of local queues that were put aside, the oldest first, at most `limit`.
    pub async fn parked(&self, limit: u32) -> Result<Vec<ParkedMessage>, DatabaseError> {
        self.database
            .read(move |connection| Ok(local::parked(connection, limit)?))
            .await
    }

    /// Puts a parked message back into its queue, as its first attempt; whether there was one of this number.
    pub async fn requeue(&self, number: i64) -> Result<bool, DatabaseError> {
        let requeued = self
            .database
            .write(move |connection| Ok(local::requeue(connection, number)?))
            .await;
        self.wake.messages.notify_one();
        requeued
    }

    /// Deletes a parked message; whether there was one of this number.
    pub async fn drop_parked(&self, number: i64) -> Result<bool, DatabaseError> {
        self.database
            .write(move |connection| Ok(local::delete(connection, number)?))
            .await
    }

    /// The journal's entries of jobs. Unlike the [`Incarnation`]'s, this needs no lock.
    pub async fn jobs(&self, filter: &JobFilter) -> Result<Vec<JobRecord>, DatabaseError> {
        let filter = filter.clone();
        self.database
            .read(move |connection| Ok(journal::list(connection, &filter)?))
            .await
    }

    /// All that is known of the jobs that are meant: each life of each, the newest first.
    pub async fn history(&self, selector: &JobSelector, now: Timestamp) -> Result<Vec<JobHistory>, DatabaseError> {
        let selector = selector.clone();
        self.database
            .read(move |connection| Ok(journal::history(connection, &selector, now)?))
            .await
    }

    /// Calls a job off: what a claim of it is answered with is written down at once, and the box that works here, if any, is
    /// ordered to stop it.
    pub async fn cancel(&self, cancellation: &Cancellation, now: Timestamp) -> Result<CancelNoted, DatabaseError> {
        let cancellation = cancellation.clone();
        let order = move |connection: &Connection| {
            let noted = journal::note_cancellation(connection, &cancellation, now)?;
            if noted == CancelNoted::Noted {
                commands::add(connection, &BoxCommand::Cancel(cancellation), now)?;
            }
            Ok(noted)
        };
        let noted = self.database.write(order).await;
        self.wake.commands.notify_one();
        noted
    }

    /// Calls off the job that has not ended, or else the next one of its number, which an ended job may have had before.
    pub async fn cancel_next(&self, cancellation: &Cancellation, now: Timestamp) -> Result<(), DatabaseError> {
        let cancellation = cancellation.clone();
        let order = move |connection: &Connection| {
            journal::note_next_cancellation(connection, &cancellation, now)?;
            Ok(commands::add(connection, &BoxCommand::Cancel(cancellation), now)?)
        };
        let noted = self.database.write(order).await;
        self.wake.commands.notify_one();
        noted
    }

    /// Has reports that were given up sent again, of the jobs that are meant or of all; tells what becomes of each, the oldest first.
    pub async fn resend(&self, selector: Option<&JobSelector>, now: Timestamp) -> Result<Vec<GivenUp>, DatabaseError> {
        let selector = selector.cloned();
        let order = move |connection: &Connection| {
            let given_up = journal::resend(connection, selector.as_ref(), now)?;
            if given_up.iter().any(|given_up| given_up.is_resent) {
                commands::add(connection, &BoxCommand::Report, now)?;
            }
            Ok(given_up)
        };
        let given_up = self.database.write(order).await;
        self.wake.commands.notify_one();
        given_up
    }

    /// Gives an order to the box that works in this folder. A drain is forgotten when there is none.
    pub async fn order(&self, command: &BoxCommand, now: Timestamp) -> Result<(), DatabaseError> {
        let command = command.clone();
        let given = self
            .database
            .write(move |connection| Ok(commands::add(connection, &command, now)?))
            .await;
        self.wake.commands.notify_one();
        given
    }

    /// Who works in the folder at this moment, as `pid 1234`, if anybody does.
    pub fn holder(&self) -> Result<Option<String>, BeginError> {
        FolderLock::holder(&self.folder)
    }
}
