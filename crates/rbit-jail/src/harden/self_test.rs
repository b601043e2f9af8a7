//! Whether what is left is neither too little nor too much.

use std::{io, path::Path, process, thread};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, openat, renameat, unlinkat};

use super::{Unfit, step};

/// A child that runs jobs can still use its folder, and start threads.
pub(crate) fn in_folder(folder: &Path) -> Result<(), Unfit> {
    without_folder()?;
    // Names of this process alone: another one may start in the same folder, or have been killed here.
    let id = process::id();
    let [made, moved] = ["made", "moved"].map(|what| folder.join(format!(".self-test-{what}-{id}")));
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
    openat(CWD, &made, flags, Mode::RUSR | Mode::WUSR).map_err(step("make a file in the scratch folder"))?;
    renameat(CWD, &made, CWD, &moved).map_err(step("move a file in the scratch folder"))?;
    unlinkat(CWD, &moved, AtFlags::empty()).map_err(step("remove a file in the scratch folder"))
}

/// Threads can be started, and files of the system not be opened.
pub(crate) fn without_folder() -> Result<(), Unfit> {
    let thread = thread::Builder::new().spawn(|| ()).map_err(step("start a thread"))?;
    thread.join().map_err(|_| step("end a thread")("it panicked"))?;
    match openat(
        CWD,
        "/",
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    ) {
        Err(errno) if io::Error::from(errno).kind() == io::ErrorKind::PermissionDenied => Ok(()),
        Err(errno) => Err(step("be refused files of the system")(errno)),
        Ok(_) => Err(step("be refused files of the system")("they can be opened")),
    }
}
