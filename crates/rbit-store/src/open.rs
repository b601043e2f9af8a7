//! Opening the database file.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

use crate::{OpenError, schema};

/// Opens the file of a folder, making both if need be, looks through it for damage, and brings its tables up to date.
pub(crate) fn open(folder: &Path) -> Result<Connection, OpenError> {
    make_folder(folder)?;
    let path = folder.join(FILE_NAME);
    make_file(&path)?;
    open_database(&path)
}

/// The same with a file that must be there: nothing is made.
pub(crate) fn open_existing(folder: &Path) -> Result<Connection, OpenError> {
    let path = folder.join(FILE_NAME);
    match fs::metadata(&path) {
        Err(source) if source.kind() == io::ErrorKind::NotFound => Err(OpenError::Missing { path }),
        Err(source) => Err(OpenError::MakeFile { path, source }),
        Ok(_) => open_database(&path),
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
    // Where the files beside it are still there, SQLite would let it be read, and say so at the first change.
    if connection.is_readonly("main").map_err(failed)? {
        return Err(failed(rusqlite::Error::SqliteFailure(
            ffi::Error::new(ffi::SQLITE_READONLY),
            None,
        )));
    }
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
    connection.set_prepared_statement_cache_capacity(MAX_PREPARED);
    write_ahead(connection)?;
    // A commit is on the disk when it returns; WAL's default would lose the last ones with the power.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // A burst makes the log large, and SQLite would leave the file so.
    connection.pragma_update(None, "journal_size_limit", MAX_LOG)?;
    connection.pragma_update(None, "foreign_keys", true)
}

/// Switches to the write-ahead log. Of several who make a new file's log at the same moment SQLite turns some away without waiting;
/// they wait for the others' locks and try again.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let mut switched = connection.pragma_update(None, "journal_mode", "WAL");
    for _ in 0..WAL_TRIES {
        match &switched {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                connection.execute_batch("BEGIN EXCLUSIVE; COMMIT")?;
                switched = connection.pragma_update(None, "journal_mode", "WAL");
            }
            _ => break,
        }
    }
    switched
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
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            OpenError::NotWritable { path, source }
        }
        _ => OpenError::OpenDatabase { path, source },
    }
}

/// The name of the database in the state folder.
pub const FILE_NAME: &str = "rbit.sqlite3";

/// More than there are different statements.
const MAX_PREPARED: usize = 128;

/// Bytes of the write-ahead log that stay when it was written back.
const MAX_LOG: u32 = 8 * 1024 * 1024;

const WAL_TRIES: u32 = 100;

/// How long a statement waits for one of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_leaves_no_large_log_behind() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open(folder.path()).unwrap();
        let write = |bytes: u32| {
            let burst =
                format!("CREATE TABLE burst (x); INSERT INTO burst VALUES (zeroblob({bytes})); DROP TABLE burst");
            connection.execute_batch(&format!("BEGIN; {burst}; COMMIT")).unwrap();
        };
        let log = || {
            fs::metadata(folder.path().join(format!("{FILE_NAME}-wal")))
                .unwrap()
                .len()
        };
        write(4 * MAX_LOG);
        assert!(log() > 3 * u64::from(MAX_LOG), "it was large: {}", log());
        write(1);
        assert!(log() <= u64::from(MAX_LOG), "{}", log());
    }
}
