//! The names in a folder, read while they are asked for.
//!
//! wasmtime-wasi reads a whole folder when its listing is opened: a folder with a million names costs the host a hundred megabytes
//! for every listing that a guest opens.

use std::fs::File;

use rustix::fs::{AtFlags, Dir, DirEntry, FileType, Mode, OFlags, openat, statat};
use wasmtime_wasi::p2::{
    FsResult,
    bindings::filesystem::types::{DescriptorType, DirectoryEntry, ErrorCode},
};

use super::{ledger::Opened, sources::SourcesOnly};

/// A folder that is being listed.
#[derive(Debug)]
pub(super) struct Listing {
    folder: Dir,
    /// None if all names are shown.
    shown: Option<SourcesOnly>,
    _opened: Opened,
}

impl Listing {
    pub(super) fn new(folder: &File, opened: Opened, sources: Option<&SourcesOnly>) -> FsResult<Self> {
        let shown = sources.filter(|sources| sources.is_of(folder)).copied();
        // Anew: the folders that were granted are open as places only, and cannot be read.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = openat(folder, ".", flags, Mode::empty())
            .and_then(Dir::new)
            .map_err(code)?;
        Ok(Self {
            folder,
            shown,
            _opened: opened,
        })
    }

    /// The next entry; none at the end.
    pub(super) fn next(&mut self) -> FsResult<Option<DirectoryEntry>> {
        loop {
            let Some(entry) = self.folder.read() else {
                return Ok(None);
            };
            let entry = entry.map_err(code)?;
            if !matches!(entry.file_name().to_bytes(), b"." | b"..") && self.is_shown(&entry) {
                return self.described(&entry).map(Some);
            }
        }
    }

    fn is_shown(&self, entry: &DirEntry) -> bool {
        let Some(sources) = &self.shown else { return true };
        let name = entry.file_name().to_str();
        name.is_ok_and(|name| self.folder.fd().is_ok_and(|folder| sources.shows_name(folder, name)))
    }

    fn described(&self, entry: &DirEntry) -> FsResult<DirectoryEntry> {
        let name = entry.file_name().to_str().map_err(|_| ErrorCode::IllegalByteSequence)?;
        Ok(DirectoryEntry {
            type_: described(self.type_of(entry)),
            name: name.to_owned(),
        })
    }

    /// Some file systems do not say it with the name.
    fn type_of(&self, entry: &DirEntry) -> FileType {
        match entry.file_type() {
            FileType::Unknown => self
                .folder
                .fd()
                .and_then(|folder| statat(folder, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW))
                .map_or(FileType::Unknown, |stat| FileType::from_raw_mode(stat.st_mode)),
            known => known,
        }
    }
}

fn described(kind: FileType) -> DescriptorType {
    match kind {
        FileType::RegularFile => DescriptorType::RegularFile,
        FileType::Directory => DescriptorType::Directory,
        FileType::Symlink => DescriptorType::SymbolicLink,
        FileType::CharacterDevice => DescriptorType::CharacterDevice,
        FileType::BlockDevice => DescriptorType::BlockDevice,
        FileType::Fifo => DescriptorType::Fifo,
        FileType::Socket => DescriptorType::Socket,
        FileType::Unknown => DescriptorType::Unknown,
    }
}

fn code(errno: rustix::io::Errno) -> ErrorCode {
    std::io::Error::from(errno).into()
}
