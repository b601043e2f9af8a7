//! Copies of a job's files on their way into `output-dir`.

use std::{
    fs,
    io::{self, ErrorKind},
    path::Path,
};

use cap_std::{
    ambient_authority,
    fs::{Dir, DirBuilder, DirBuilderExt as _, File, MetadataExt as _, OpenOptions, OpenOptionsExt as _},
};
use rbit_fail_point::{FailPoint, passed};
use rbit_job::Artifact;
use rustix::fs::{Access, AtFlags, accessat};

use crate::{
    appearing::Appearing,
    copying::{Allowance, CopyError, copy_hashed},
    destination::Destination,
    output_name::OutputName,
};

/// Files that were copied into a folder beside their final place. They appear there by [`Self::publish`], or are removed when this
/// is dropped.
///
/// Everything happens below the folder that was opened at first: a symbolic link inside it leads nowhere else.
#[derive(Debug)]
pub(crate) struct Delivering {
    destination: Destination,
    folder: Dir,
    /// Where the copies lie: the n-th of them under the name n.
    staging: Dir,
    copies: Vec<Artifact>,
}

/// A file cannot appear under its name.
#[derive(Debug)]
pub(crate) enum PublishError {
    /// As long as something else lies there, it never can.
    NoPlace { copy: Artifact, why: &'static str },
    /// The box cannot do it now.
    Io { copy: Artifact, source: io::Error },
}

impl Delivering {
    /// Opens the folder that files go to; makes it where it is not there.
    pub(crate) fn into(destination: &Destination) -> io::Result<Self> {
        fs::create_dir_all(destination.folder())?;
        let folder = Dir::open_ambient_dir(destination.folder(), ambient_authority())?;
        folder.create_dir_with(destination.staging(), DirBuilder::new().mode(0o700))?;
        let staging = folder.open_dir(destination.staging())?;
        Ok(Self {
            destination: destination.clone(),
            folder,
            staging,
            copies: Vec::new(),
        })
    }

    /// Copies a file, and brings the copy to disk.
    ///
    /// It is a copy and not a move: the guest's file may have a size, mode or late writer that is not what was looked at.
    pub(crate) fn copy(
        &mut self,
        mut source: fs::File,
        name: &OutputName,
        allowance: &mut Allowance,
    ) -> Result<(), CopyError> {
        let number = self.copies.len();
        let options = OpenOptions::new().write(true).create_new(true).mode(0o644).clone();
        let mut target = self.staging.open_with(number.to_string(), &options)?;
        self.copies.push(Artifact {
            name: name.as_str().to_owned(),
            path: self.destination.folder().join(name.as_path()),
            size: 0,
            sha256: String::new(),
        });
        let (size, sha256) = copy_hashed(&mut source, &mut target, allowance)?;
        if let Some(copy) = self.copies.last_mut() {
            copy.size = size;
            copy.sha256 = sha256;
        }
        Ok(())
    }

    /// Gives every copy its final name, replacing what an earlier attempt delivered under it.
    pub(crate) fn publish(mut self) -> Result<Vec<Artifact>, PublishError> {
        // What can fail comes before the first file appears.
        for copy in &self.copies {
            self.make_way(copy)?;
        }
        let mut appearing = Appearing::out_of(&self.staging);
        for (number, copy) in self.copies.iter().enumerate() {
            let parent = self.parent_of(copy).map_err(failed(copy))?;
            let name = Path::new(&copy.name).file_name().unwrap_or_default();
            let renamed = appearing.rename(number.to_string(), parent, Path::new(name));
            renamed.map_err(failed(copy))?;
            passed(FailPoint::FilesAppearing);
        }
        for copy in &self.copies {
            self.parent_of(copy)
                .and_then(|parent| parent.sync_all())
                .map_err(failed(copy))?;
        }
        appearing.keep();
        Ok(std::mem::take(&mut self.copies))
    }

    /// Makes the folder of a copy, and sees whether a file of this name can appear in it.
    fn make_way(&self, copy: &Artifact) -> Result<(), PublishError> {
        let no_place = |why| {
            Err(PublishError::NoPlace {
                copy: copy.clone(),
                why,
            })
        };
        match self.folder.create_dir_all(parent(&copy.name)) {
            Ok(()) => {}
            Err(error)
                if matches!(error.kind(), ErrorKind::NotADirectory | ErrorKind::AlreadyExists)
                    && !self.leads_through_a_link(copy) =>
            {
                return no_place("a file lies where its folder would be");
            }
            Err(error) => return Err(failed(copy)(error)),
        }
        if self
            .folder
            .symlink_metadata(&copy.name)
            .is_ok_and(|found| found.is_dir())
        {
            return no_place("a folder lies where it would be");
        }
        self.check_folder(copy).map_err(failed(copy))
    }

    /// A link is the operator's: perhaps it was meant to lead somewhere, and no guest is to be blamed for it.
    fn leads_through_a_link(&self, copy: &Artifact) -> bool {
        let is_link = |path: &Path| self.folder.symlink_metadata(path).is_ok_and(|found| found.is_symlink());
        parent(&copy.name).ancestors().any(is_link)
    }

    /// Whether files can be renamed into the folder of a copy.
    fn check_folder(&self, copy: &Artifact) -> io::Result<()> {
        let parent = self.parent_of(copy)?;
        if parent.metadata()?.dev() != self.staging.dir_metadata()?.dev() {
            let why = "its folder is on another file system than the output folder";
            return Err(io::Error::new(ErrorKind::CrossesDevices, why));
        }
        Ok(accessat(
            &parent,
            ".",
            Access::WRITE_OK | Access::EXEC_OK,
            AtFlags::EACCESS,
        )?)
    }

    fn parent_of(&self, copy: &Artifact) -> io::Result<File> {
        self.folder.open(parent(&copy.name))
    }
}

impl Drop for Delivering {
    fn drop(&mut self) {
        for number in 0..self.copies.len() {
            // A copy that appeared before another one failed is gone from here; there is nobody to tell about the rest.
            drop(self.staging.remove_file(number.to_string()));
        }
        // Only an empty one is removed: it may be another box's by now.
        drop(self.folder.remove_dir(self.destination.staging()));
    }
}

fn failed(copy: &Artifact) -> impl FnOnce(io::Error) -> PublishError {
    let copy = copy.clone();
    |source| PublishError::Io { copy, source }
}

/// The folder of a relative path; the one it is relative to is `.`.
fn parent(name: &str) -> &Path {
    Path::new(name)
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}
