//! The folders that a guest has from its start, and what stands for them as long as it has no job.
//!
//! A C library asks once which folders there are, and remembers their handles. A guest that has begun before its job was told of
//! folders that are none: whatever it does with them fails. When the job comes, its folders take their place under the same
//! handles.

use std::{fs::File, io};

use rbit_job::{
    Mount,
    plan::{GUEST_OUTPUT, GUEST_WORK},
};
use rustix::fs::{MemfdFlags, memfd_create};
use wasmtime::component::{Resource, ResourceTable};
use wasmtime_wasi::{
    FsPerms,
    filesystem::{Descriptor, Dir, OpenMode},
    p2::bindings::filesystem::preopens,
};

use super::view::FilesView;

/// A folder as a guest sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    name: String,
    perms: FsPerms,
}

/// What a guest with these mounts sees, in the order in which it is told.
pub(crate) fn shown(mounts: &[Mount]) -> Vec<Shown> {
    let shown = |name: &str, perms| Shown {
        name: name.to_owned(),
        perms,
    };
    let own = [GUEST_WORK, GUEST_OUTPUT].map(|name| shown(name, FsPerms::ReadWrite));
    let mounts = mounts.iter().map(|mount| shown(&mount.guest_path(), FsPerms::ReadOnly));
    let current = shown(CURRENT, FsPerms::ReadWrite);
    own.into_iter().chain(mounts).chain([current]).collect()
}

/// The handles that a guest has of its folders.
#[derive(Debug, Default)]
pub(crate) struct Preopened {
    handles: Vec<(u32, String)>,
    /// What there is instead of the folders of a job.
    stand_ins: Vec<Shown>,
}

/// The folders of a job are others than those that the guest was told of.
#[derive(Debug, thiserror::Error)]
#[error("it began with other folders than its job has")]
pub(crate) struct OtherFolders;

impl Preopened {
    /// For a guest without a job.
    pub(crate) fn standing_in(folders: Vec<Shown>) -> Self {
        Self {
            handles: Vec::new(),
            stand_ins: folders,
        }
    }

    /// Whether these handles are all that the guest has.
    pub(crate) fn are_all_in(&self, table: &mut ResourceTable) -> bool {
        table.iter_mut().count() == self.handles.len()
            && self
                .handles
                .iter()
                .all(|(handle, _)| table.get(&descriptor(*handle)).is_ok())
    }

    /// Puts a job's folders under the handles. A guest that has not asked for them yet will be told of its job's.
    pub(crate) fn become_in(
        &self,
        table: &mut ResourceTable,
        folders: Vec<(Descriptor, String)>,
    ) -> Result<(), OtherFolders> {
        if self.handles.is_empty() {
            return Ok(());
        }
        if self.handles.len() != folders.len() {
            return Err(OtherFolders);
        }
        for ((handle, name), (folder, of_job)) in self.handles.iter().zip(folders) {
            let place = table.get_mut(&descriptor(*handle)).map_err(|_| OtherFolders)?;
            if *name != of_job {
                return Err(OtherFolders);
            }
            *place = folder;
        }
        Ok(())
    }
}

fn descriptor(handle: u32) -> Resource<Descriptor> {
    Resource::new_borrow(handle)
}

impl preopens::Host for FilesView<'_> {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        let mut folders = self.inner.get_directories()?;
        for shown in &self.book.preopened.stand_ins {
            let folder = Dir::new(no_folder()?, shown.perms, OpenMode::READ, true);
            folders.push((self.inner.table.push(Descriptor::Dir(folder))?, shown.name.clone()));
        }
        let handles = folders.iter().map(|(handle, name)| (handle.rep(), name.clone()));
        self.book.preopened.handles.extend(handles);
        Ok(folders)
    }
}

/// A file without a name, in which nothing can be looked up.
fn no_folder() -> io::Result<File> {
    Ok(memfd_create("no-folder", MemfdFlags::CLOEXEC)?.into())
}

/// What C libraries take relative paths to.
pub(super) const CURRENT: &str = ".";
