//! What can go wrong, one type for each operation.

use std::{io, path::PathBuf, sync::Arc};

use crate::{MAX_BODY, MAX_MESSAGE_ID};

/// The store cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The state folder cannot be made.
    #[error("cannot make the state folder `{}`", path.display())]
    MakeFolder {
        /// The folder.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The database file cannot be made, or is not ours to open.
    #[error("cannot make or open `{}`", path.display())]
    MakeFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// It was to be there, and is not.
    #[error("there is no `{}`", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// SQLite cannot open the file.
    #[error("cannot open the database `{}`", path.display())]
    OpenDatabase {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: rusqlite::Error,
    },
    /// The file or its folder cannot be written.
    #[error("cannot open the database `{}` to write: SQLite writes beside it even to read, so its folder has to be writable", path.display())]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
    },
    /// The file is damaged, or is no database. It is left as it is.
    #[error("`{}` is damaged or no database: {finding}; move it away to begin anew, or restore a copy", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        finding: String,
    },
    /// A newer rbit wrote the file.
    #[error("`{}` has schema {found}, and this rbit knows schemas up to {known}: it was written by a newer rbit", path.display())]
    TooNew {
        /// The file.
        path: PathBuf,
        /// The version of its schema.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// The tables cannot be brought to the present schema. The file is as it was before.
    #[error("cannot bring `{}` from schema {version} to the next", path.display())]
    Migrate {
        /// The file.
        path: PathBuf,
        /// The version it has.
        version: i64,
        /// Why not.
        #[source]
        source: rusqlite::Error,
    },
    /// The thread that talks to SQLite cannot be started.
    #[error("cannot start the database thread")]
    StartThread(#[source] io::Error),
}

/// The state folder cannot be worked in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BeginError {
    /// Another process works in it.
    #[error("another rbit ({holder}) works in the state folder `{}`", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// `pid 1234`, or `pid unknown`.
        holder: String,
    },
    /// The lock file cannot be made or locked.
    #[error("cannot lock `{}`", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// What an earlier process left unfinished cannot be written down.
    #[error("cannot take over what an earlier process left")]
    TakeOver(#[source] DatabaseError),
}

/// A message cannot be put into a local queue.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// Its body is too large.
    #[error("body of {0} bytes is larger than {MAX_BODY}")]
    BodyTooLarge(usize),
    /// Its id is too long.
    #[error("message id of {0} bytes is longer than {MAX_MESSAGE_ID}")]
    MessageIdTooLong(usize),
    /// The database did not take it.
    #[error("cannot store the message")]
    Store(#[source] DatabaseError),
}

/// A question to the database was not answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// SQLite refused.
    #[error("the database refused")]
    Sqlite(#[from] rusqlite::Error),
    /// The transaction that the work was to be part of was not begun, or not kept. Nothing of the work is left.
    #[error("the database refused the transaction")]
    Transaction(#[source] Arc<rusqlite::Error>),
    /// The thread that talks to SQLite has ended.
    #[error("the database thread has ended")]
    ThreadEnded,
    /// An attempt was to be ended that does not run.
    #[error("attempt {attempt} of job {key} does not run here")]
    NotRunning {
        /// The job.
        key: String,
        /// The attempt.
        attempt: u32,
    },
}
