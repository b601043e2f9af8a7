//! A component's file: opened once, and read through that one handle.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use rustix::fs::{Mode, OFlags};

use super::{InvalidComponent, LoadError};

/// An open file and what it was when it was opened.
#[derive(Debug)]
pub struct ComponentFile {
    pub(super) path: PathBuf,
    pub(super) stamp: Stamp,
    file: File,
}

impl ComponentFile {
    /// Opens a regular file. A pipe at its place is refused instead of waited for.
    pub(super) fn open(path: &Path) -> Result<Self, LoadError> {
        let failed = |source: io::Error| LoadError::Open {
            path: path.to_owned(),
            source,
        };
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = File::from(rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| failed(errno.into()))?);
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(LoadError::NotAFile { path: path.to_owned() });
        }
        let stamp = Stamp::of(&file).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            stamp,
            file,
        })
    }

    /// Where it was found.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Everything in it, or an error if it is more than `max` bytes or was not left alone.
    pub fn read(&mut self, max: u64) -> Result<Vec<u8>, LoadError> {
        let failed = |source| LoadError::Read {
            path: self.path.clone(),
            source,
        };
        let mut bytes = Vec::new();
        (&mut self.file)
            .take(max.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        if bytes.len() as u64 > max {
            let source = InvalidComponent::TooLarge {
                size: self.stamp.size.max(bytes.len() as u64),
                max,
            }
            .into();
            return Err(LoadError::Invalid {
                path: self.path.clone(),
                source,
            });
        }
        if Stamp::of(&self.file).map_err(failed)? != self.stamp {
            return Err(LoadError::Changed {
                path: self.path.clone(),
            });
        }
        Ok(bytes)
    }
}

/// What changes when a file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    fn of(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }

    /// Whether a later change would show. The system's time stamps advance in steps, so a file that was written a moment ago may
    /// be written again under the same stamp.
    pub(super) fn is_settled(&self) -> bool {
        let changed = Duration::from_secs(u64::try_from(self.changed.0).unwrap_or_default());
        let age = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH + changed);
        age.is_ok_and(|age| age > STAMP_STEP)
    }
}

/// The coarsest time stamps of file systems in use are whole seconds.
const STAMP_STEP: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_a_folder_and_nothing_are_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, Mode::RWXU).unwrap();
        assert!(matches!(ComponentFile::open(&pipe), Err(LoadError::NotAFile { .. })));
        assert!(matches!(
            ComponentFile::open(folder.path()),
            Err(LoadError::NotAFile { .. })
        ));
        assert!(matches!(
            ComponentFile::open(&folder.path().join("none")),
            Err(LoadError::Open { .. })
        ));
    }

    #[test]
    fn a_file_that_is_too_large_is_refused_without_being_read_whole() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(1 << 40).unwrap();
        let error = ComponentFile::open(file.path()).unwrap().read(64 << 20).unwrap_err();
        assert!(!error.is_transient(), "{error}");
    }

    #[test]
    fn a_file_that_is_written_to_while_it_is_read_is_not_believed() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut opened = ComponentFile::open(file.path()).unwrap();
        std::fs::write(file.path(), "more").unwrap();
        assert!(matches!(opened.read(64 << 20), Err(LoadError::Changed { .. })));
    }

    #[test]
    fn a_file_written_a_moment_ago_is_not_settled() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut stamp = ComponentFile::open(file.path()).unwrap().stamp;
        assert!(!stamp.is_settled());
        stamp.changed.0 -= 60;
        assert!(stamp.is_settled());
    }
}
