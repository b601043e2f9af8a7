//! One worker for each state folder.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use crate::BeginError;

/// The exclusive right to work in a state folder. The kernel ends it with the process, however that ends.
#[derive(Debug)]
pub(crate) struct FolderLock {
    /// Open, and so locked, as long as this lives.
    _file: File,
}

impl FolderLock {
    /// Takes the lock, or says who has it.
    pub(crate) fn take(folder: &Path) -> Result<Self, BeginError> {
        let path = folder.join(LOCK_NAME);
        let lock_error = |source| BeginError::Lock {
            path: path.clone(),
            source,
        };
        let mut file = open(&path).map_err(lock_error)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(BeginError::InUse {
                    folder: folder.to_owned(),
                    holder: holder(&mut file),
                });
            }
            Err(TryLockError::Error(source)) => return Err(lock_error(source)),
        }
        sign(&mut file).map_err(lock_error)?;
        Ok(Self { _file: file })
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}

/// Writes our process id where the next one who tries will read it.
fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.take(MAX_PID_TEXT).read_to_string(&mut text);
    match (read, text.trim().parse::<u32>()) {
        (Ok(_), Ok(pid)) => format!("pid {pid}"),
        _ => "pid unknown".to_owned(),
    }
}

/// Never removed: a lock on a file that somebody unlinks is no lock.
const LOCK_NAME: &str = "rbit.lock";
const MAX_PID_TEXT: u64 = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_worker_is_told_who_the_first_is() {
        let folder = tempfile::tempdir().unwrap();
        let first = FolderLock::take(folder.path()).unwrap();
        let refused = FolderLock::take(folder.path()).unwrap_err().to_string();
        assert!(refused.contains(&format!("pid {}", std::process::id())), "{refused}");
        assert!(refused.contains(&folder.path().display().to_string()), "{refused}");
        drop(first);
        FolderLock::take(folder.path()).unwrap();
    }

    #[test]
    fn a_lock_file_that_nobody_holds_is_no_obstacle_whatever_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(LOCK_NAME), "999999999999 rubbish").unwrap();
        FolderLock::take(folder.path()).unwrap();
        let signed = std::fs::read_to_string(folder.path().join(LOCK_NAME)).unwrap();
        assert_eq!(signed.trim(), std::process::id().to_string());
    }
}
