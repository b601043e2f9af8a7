//! One worker for each state folder.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::Duration,
};

use tokio::time::sleep;

use crate::BeginError;

/// The exclusive right to work in a state folder. The kernel ends it with the process, however that ends.
#[derive(Debug)]
pub(crate) struct FolderLock {
    /// Open, and so locked, as long as this lives.
    _file: File,
}

impl FolderLock {
    /// Takes the lock, or says who has it.
    pub(crate) async fn take(folder: &Path) -> Result<Self, BeginError> {
        let path = folder.join(LOCK_NAME);
        let lock_error = |source| BeginError::Lock {
            path: path.clone(),
            source,
        };
        let mut file = open(&path).map_err(lock_error)?;
        if !lock(&file).await.map_err(lock_error)? {
            return Err(BeginError::InUse {
                folder: folder.to_owned(),
                holder: signature(&mut file),
            });
        }
        sign(&mut file).map_err(lock_error)?;
        Ok(Self { _file: file })
    }

    /// Who has the lock, if anybody has.
    pub(crate) fn holder(folder: &Path) -> Result<Option<String>, BeginError> {
        let path = folder.join(LOCK_NAME);
        let lock_error = |source| BeginError::Lock {
            path: path.clone(),
            source,
        };
        let mut file = match File::open(&path) {
            Ok(file) => file,
            // Nobody has ever worked here.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(lock_error(error)),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => Ok(Some(signature(&mut file))),
            Err(TryLockError::Error(source)) => Err(lock_error(source)),
        }
    }
}

/// Whether the lock could be had. Somebody who only looks has it for a moment: that is waited for.
async fn lock(file: &File) -> io::Result<bool> {
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) => sleep(PAUSE).await,
            Err(TryLockError::Error(source)) => return Err(source),
        }
    }
    Ok(false)
}

/// Who works in a state folder at this moment, as `pid 1234`, if anybody does. Makes nothing.
pub fn holder(state_dir: &Path) -> Result<Option<String>, BeginError> {
    FolderLock::holder(state_dir)
}

/// Whether somebody works in a state folder at this moment. It looks without becoming the one: a worker that starts in the same
/// instant may be told that another looks.
pub fn is_in_use(state_dir: &Path) -> bool {
    let file = File::open(state_dir.join(LOCK_NAME));
    file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
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

fn signature(file: &mut File) -> String {
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
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_second_worker_is_told_who_the_first_is() {
        let folder = tempfile::tempdir().unwrap();
        let first = FolderLock::take(folder.path()).await.unwrap();
        let refused = FolderLock::take(folder.path()).await.unwrap_err().to_string();
        assert!(refused.contains(&format!("pid {}", std::process::id())), "{refused}");
        assert!(refused.contains(&folder.path().display().to_string()), "{refused}");
        drop(first);
        FolderLock::take(folder.path()).await.unwrap();
    }

    #[tokio::test]
    async fn a_folder_is_in_use_while_somebody_works_in_it() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_in_use(folder.path()));
        let worker = FolderLock::take(folder.path()).await.unwrap();
        assert!(is_in_use(folder.path()));
        drop(worker);
        assert!(!is_in_use(folder.path()));
    }

    #[tokio::test]
    async fn a_lock_file_that_nobody_holds_is_no_obstacle_whatever_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(LOCK_NAME), "999999999999 rubbish").unwrap();
        FolderLock::take(folder.path()).await.unwrap();
        let signed = std::fs::read_to_string(folder.path().join(LOCK_NAME)).unwrap();
        assert_eq!(signed.trim(), std::process::id().to_string());
    }

    #[tokio::test]
    async fn the_holder_is_known_while_there_is_one() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(FolderLock::holder(folder.path()).unwrap(), None);
        assert!(!folder.path().join(LOCK_NAME).exists(), "looking makes nothing");
        let lock = FolderLock::take(folder.path()).await.unwrap();
        let holder = FolderLock::holder(folder.path()).unwrap();
        assert_eq!(holder, Some(format!("pid {}", std::process::id())));
        drop(lock);
        assert_eq!(FolderLock::holder(folder.path()).unwrap(), None);
    }

    #[tokio::test]
    async fn somebody_who_only_looks_does_not_keep_a_worker_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        let looks = move || (0..500).for_each(|_| drop(FolderLock::holder(&path).unwrap()));
        let looking = std::thread::spawn(looks);
        while !looking.is_finished() {
            drop(FolderLock::take(folder.path()).await.unwrap());
        }
        looking.join().unwrap();
    }
}
