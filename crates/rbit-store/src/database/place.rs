//! Where the database file is, and whether it is still there.

use std::{fs, os::unix::fs::MetadataExt as _, path::PathBuf, sync::Arc};

use rusqlite::{Connection, Error, ffi};

/// The file that a connection was opened on.
///
/// SQLite goes on with a file that was removed or moved away, or whose disk was unmounted under it: whatever is written then is gone
/// with the process, and meanwhile another box may work in a new file of the same name.
pub(super) struct Place {
    path: PathBuf,
    identity: Option<(u64, u64)>,
}

impl Place {
    /// That of a connection; a database in memory has none.
    pub(super) fn of(connection: &Connection) -> Option<Self> {
        let path = PathBuf::from(connection.path().filter(|path| !path.is_empty())?);
        let identity = identity(&path);
        Some(Self { path, identity })
    }

    /// An error when the file is not there any more.
    pub(super) fn check(&self) -> Result<(), Arc<Error>> {
        let found = identity(&self.path);
        if found.is_some() && found == self.identity {
            return Ok(());
        }
        let text = format!(
            "`{}` is no longer the file that was opened: it was moved or removed, or its disk is gone; put it back, or restart this box",
            self.path.display()
        );
        let moved = ffi::Error::new(ffi::SQLITE_READONLY_DBMOVED);
        Err(Arc::new(Error::SqliteFailure(moved, Some(text))))
    }
}

fn identity(path: &PathBuf) -> Option<(u64, u64)> {
    let found = fs::metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}
