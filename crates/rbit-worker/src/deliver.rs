//! Copies of a job's files on their way into `output-dir`.

use std::{fs, io, path::Path};

use cap_std::{
    ambient_authority,
    fs::{Dir, DirBuilder, DirBuilderExt as _, OpenOptions, OpenOptionsExt as _},
};
use rbit_fail_point::{FailPoint, passed};
use rbit_job::Artifact;

use crate::{
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
    pub(crate) fn publish(mut self) -> io::Result<Vec<Artifact>> {
        // What can fail comes before the first file appears.
        for copy in &self.copies {
            self.folder.create_dir_all(parent(&copy.name))?;
        }
        for (number, copy) in self.copies.iter().enumerate() {
            self.staging.rename(number.to_string(), &self.folder, &copy.name)?;
            passed(FailPoint::FilesAppearing);
        }
        for copy in &self.copies {
            self.folder.open(parent(&copy.name))?.sync_all()?;
        }
        Ok(std::mem::take(&mut self.copies))
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

/// The folder of a relative path; the one it is relative to is `.`.
fn parent(name: &str) -> &Path {
    Path::new(name)
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}
