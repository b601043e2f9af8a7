//! Copies of a job's files on their way into `output-dir`.

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use cap_std::{
    ambient_authority,
    fs::{Dir, File, OpenOptions, OpenOptionsExt as _},
};
use rbit_job::Artifact;
use sha2::{Digest, Sha256};
use ulid::Ulid;

use crate::output_name::{OutputName, PART_PREFIX};

/// Files that were copied beside their final place, under names of their own. They appear there by [`Self::publish`], or are
/// removed when this is dropped.
///
/// Everything happens below the folder that was opened at first: a symbolic link inside it leads nowhere else.
#[derive(Debug)]
pub(crate) struct Delivering {
    destination: PathBuf,
    folder: Dir,
    parts: Vec<Part>,
}

/// A copy: where it lies, relative to the folder, and what it will be.
#[derive(Debug)]
struct Part {
    temporary: PathBuf,
    artifact: Artifact,
}

/// A file could not be copied.
#[derive(Debug)]
pub(crate) enum DeliverError {
    /// It has more bytes than a file may have.
    TooLarge,
    /// Reading or writing failed.
    Io(io::Error),
}

impl From<io::Error> for DeliverError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Delivering {
    /// Opens the folder that files go to; makes it where it is not there.
    pub(crate) fn into(destination: &Path) -> io::Result<Self> {
        fs::create_dir_all(destination)?;
        let folder = Dir::open_ambient_dir(destination, ambient_authority())?;
        Ok(Self {
            destination: destination.to_owned(),
            folder,
            parts: Vec::new(),
        })
    }

    /// Copies a file and its digest, up to `max` bytes, and brings the copy to disk.
    ///
    /// It is a copy and not a move: the guest's file may have a size, mode or late writer that is not what was looked at.
    pub(crate) fn copy(&mut self, mut source: fs::File, name: &OutputName, max: u64) -> Result<(), DeliverError> {
        let parent = parent(name.as_path());
        self.folder.create_dir_all(parent)?;
        let temporary = parent.join(format!("{PART_PREFIX}{}", Ulid::generate()));
        let mut target = self
            .folder
            .open_with(&temporary, OpenOptions::new().write(true).create_new(true).mode(0o644))?;
        let (name, path) = (name.as_str().to_owned(), self.destination.join(name.as_path()));
        let artifact = Artifact {
            name,
            path,
            size: 0,
            sha256: String::new(),
        };
        self.parts.push(Part { temporary, artifact });
        let (size, sha256) = copy_hashed(&mut source, &mut target, max)?;
        target.sync_all()?;
        if let Some(part) = self.parts.last_mut() {
            part.artifact.size = size;
            part.artifact.sha256 = sha256;
        }
        Ok(())
    }

    /// Gives every copy its final name, replacing what an earlier attempt delivered under it.
    pub(crate) fn publish(mut self) -> io::Result<Vec<Artifact>> {
        for part in &self.parts {
            self.folder.rename(&part.temporary, &self.folder, &part.artifact.name)?;
        }
        for part in &self.parts {
            let parent = parent(Path::new(&part.artifact.name));
            self.folder.open(parent)?.sync_all()?;
        }
        Ok(std::mem::take(&mut self.parts)
            .into_iter()
            .map(|part| part.artifact)
            .collect())
    }
}

impl Drop for Delivering {
    fn drop(&mut self) {
        for part in &self.parts {
            // A part that was renamed before another one failed is gone from here; there is nobody to tell about the rest.
            drop(self.folder.remove_file(&part.temporary));
        }
    }
}

/// The folder of a relative path; the one it is relative to is `.`.
fn parent(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn copy_hashed(source: &mut fs::File, target: &mut File, max: u64) -> Result<(u64, String), DeliverError> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; BUFFER];
    let mut size = 0;
    loop {
        let read = source.read(&mut buffer)?;
        let Some(chunk) = buffer.get(..read).filter(|chunk| !chunk.is_empty()) else {
            break;
        };
        size += read as u64;
        if size > max {
            return Err(DeliverError::TooLarge);
        }
        hash.update(chunk);
        target.write_all(chunk)?;
    }
    Ok((size, hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}

const BUFFER: usize = 128 * 1024;
