//! Opening the database file, and what every process may do with it.

use std::{
    fs::{DirBuilder, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use rbit_job::{JobRecord, QueueName};
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use tokio::sync::Notify;

use crate::{
    BeginError, DatabaseError, Incarnation, OpenError, ParkedMessage, PushError, database::Database, journal, local,
    lock::FolderLock, schema,
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
    /// Wakes the local source of this process when a message became ready.
    changed: Arc<Notify>,
}

impl Store {
    /// Opens the database in the state folder, making both if need be: the folder for its owner alone (0700), the file too (0600).
    ///
    /// Blocks until SQLite has looked through the file for damage.
    pub fn open(state_dir: &Path) -> Result<Self, OpenError> {
        make_folder(state_dir)?;
        let path = state_dir.join(FILE_NAME);
        make_file(&path)?;
        let connection = open_database(&path)?;
        let database = Database::start(connection).map_err(OpenError::StartThread)?;
        Ok(Self {
            folder: state_dir.into(),
            database,
            changed: Arc::default(),
        })
    }

    /// Becomes the one process that works in the folder, and writes down what became of the jobs that an earlier one was running.
    pub async fn begin(&self, now: Timestamp) -> Result<Incarnation, BeginError> {
        let lock = FolderLock::take(&self.folder)?;
        Incarnation::begin(self.database.clone(), Arc::clone(&self.changed), lock, now).await
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
            .call(move |connection| Ok(message.insert(connection)?))
            .await;
        self.changed.notify_one();
        number.map_err(PushError::Store)
    }

    /// Messages of local queues that were put aside, the oldest first, at most `limit`.
    pub async fn parked(&self, limit: u32) -> Result<Vec<ParkedMessage>, DatabaseError> {
        self.database
            .call(move |connection| Ok(local::parked(connection, limit)?))
            .await
    }

    /// The journal's entries of jobs, the newest first, at most `limit`. Unlike the [`Incarnation`]'s, this needs no lock.
    pub async fn jobs(&self, limit: u32) -> Result<Vec<JobRecord>, DatabaseError> {
        self.database
            .call(move |connection| Ok(journal::newest(connection, limit)?))
            .await
    }
}

fn make_folder(path: &Path) -> Result<(), OpenError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|source| OpenError::MakeFolder {
        path: path.to_owned(),
        source,
    })
}

/// SQLite would make the file readable for everybody; its companions (`-wal`, `-shm`) get the mode of the file itself.
///
/// A file that exists is not touched: closing it here would end the locks of this process's other connections to it.
fn make_file(path: &Path) -> Result<(), OpenError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(source) if source.kind() != io::ErrorKind::AlreadyExists => Err(OpenError::MakeFile {
            path: path.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}

fn open_database(path: &Path) -> Result<Connection, OpenError> {
    let failed = |source| failure(path.to_owned(), source);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    configure(&mut connection).map_err(failed)?;
    check(&connection, path)?;
    schema::migrate(&mut connection).map_err(|error| match error {
        schema::MigrateError::TooNew { found } => OpenError::TooNew {
            path: path.to_owned(),
            found,
            known: schema::VERSION,
        },
        schema::MigrateError::Refused { version, source } => OpenError::Migrate {
            path: path.to_owned(),
            version,
            source,
        },
    })?;
    Ok(connection)
}

fn configure(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // A transaction that reads first and writes then would not wait for another process, but fail.
    connection.set_transaction_behavior(TransactionBehavior::Immediate);
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A commit is on the disk when it returns; WAL's default would lose the last ones with the power.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)
}

fn check(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let finding = connection.pragma_query_value(None, "quick_check", |row| row.get::<_, String>(0));
    match finding.map_err(|source| failure(path.to_owned(), source))?.as_str() {
        "ok" => Ok(()),
        finding => Err(OpenError::Damaged {
            path: path.to_owned(),
            finding: finding.to_owned(),
        }),
    }
}

fn failure(path: PathBuf, source: rusqlite::Error) -> OpenError {
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => OpenError::Damaged {
            path,
            finding: source.to_string(),
        },
        _ => OpenError::OpenDatabase { path, source },
    }
}

/// The name of the database in the state folder.
pub const FILE_NAME: &str = "rbit.sqlite3";

/// How long a statement waits for one of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
