//! Folders: all that a guest sees of the host's files.
//!
//! wasmtime-wasi resolves every path beneath the folder it was opened in (`openat2` with `RESOLVE_BENEATH`): `..`, absolute
//! paths and symbolic links never lead out, and a guest can make no device, pipe or socket. What a guest leaves in its folders
//! is hostile all the same, to every program that follows it.
//!
//! Bytes, files and open files are bounded by the [`ledger`]: every operation that changes them passes [`host`] first, or, of a
//! command that was built for WASI preview 1 or 0, [`preview1`].

mod account;
mod host;
mod identity;
mod ledger;
mod listing;
mod preopened;
mod preview1;
mod sources;
mod stream;
mod view;

use std::path::Path;

pub(crate) use ledger::{Ledger, Refusal};
pub(crate) use preopened::{Shown, shown};
pub(crate) use preview1::{PREVIEW0, PREVIEW1, Preview1, add_to_linker as add_preview1_to_linker};
pub(crate) use sources::SourcesOnly;
pub(crate) use view::{Book, Files, FilesView};

use rbit_job::{
    Ending, Mount, error_chain,
    plan::{GUEST_OUTPUT, GUEST_WORK},
    port::Folders,
};
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

/// Opens the folders for one guest. A folder that cannot be opened is this box's fault.
pub(crate) fn grant(wasi: &mut WasiCtxBuilder, folders: &Folders, mounts: &[Mount]) -> Result<(), Ending> {
    // Operations run on the guest's own thread, which nobody else waits for: there is none left to end once it has ended. This
    // must come before the folders, each of which remembers it.
    wasi.allow_blocking_current_thread(true);
    preopen(wasi, &folders.work, GUEST_WORK, FsPerms::ReadWrite)?;
    preopen(wasi, &folders.output, GUEST_OUTPUT, FsPerms::ReadWrite)?;
    for mount in mounts {
        preopen(wasi, &mount.host, &mount.guest_path(), FsPerms::ReadOnly)?;
    }
    // What makes a folder the current one differs: runtimes ask for its name; C libraries do not, and take relative paths (and
    // absolute ones that begin like no other folder) to a folder called `.`.
    wasi.initial_cwd(GUEST_WORK);
    preopen(wasi, &folders.work, preopened::CURRENT, FsPerms::ReadWrite)?;
    Ok(())
}

fn preopen(wasi: &mut WasiCtxBuilder, host: &Path, guest: &str, perms: FsPerms) -> Result<(), Ending> {
    let fault = |cause: &str| Ending::HostFault(format!("cannot open `{}` for `{guest}`: {cause}", host.display()));
    // Looked at first, because opening a pipe would wait for its other end.
    let metadata = host.metadata().map_err(|error| fault(&error.to_string()))?;
    if !metadata.is_dir() {
        return Err(fault("it is not a folder"));
    }
    wasi.preopened_dir(host, guest, perms)
        .map_err(|error| fault(&error_chain(error.as_ref())))?;
    Ok(())
}
