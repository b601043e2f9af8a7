//! A file system in memory, of a size of its own, for the folders of all jobs of this box.
//!
//! The ledger of the sandbox counts what each job writes, before it is written. This is the bound behind it: whatever a guest finds to
//! get around the ledger, and whatever somebody writes who has broken out, it is not more than all jobs may have together, and nobody
//! else's memory. ADR 12 has why there is one for all of them.
//!
//! It is mounted where this process sees mounts, on a folder that is locked for as long as the process lives: what a killed box leaves
//! behind is unmounted and removed by the next one that uses the same `scratch-dir`.

use std::{
    ffi::CString,
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::{
        ffi::OsStrExt as _,
        fs::{DirBuilderExt as _, OpenOptionsExt as _},
    },
    path::{Path, PathBuf},
    process,
};

use rustix::fs::{FlockOperation, OFlags, flock};
use tracing::{info, warn};

/// A mounted one. Dropping it unmounts it.
#[derive(Debug)]
pub struct Tmpfs {
    folder: PathBuf,
    _lock: File,
}

/// What it may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TmpfsSize {
    /// Bytes, in pages.
    pub bytes: u64,
    /// Files, folders and links.
    pub files: u64,
}

impl Tmpfs {
    /// Mounts one below a folder, which must be this user's alone, and removes those of boxes that are gone. Mounting is root's right,
    /// and that of whoever has a mount namespace of their own.
    pub fn mount(below: &Path, size: TmpfsSize) -> io::Result<Self> {
        let _turn = turn(below)?;
        sweep_in_turn(below)?;
        let folder = below.join(format!("{PREFIX}{}", process::id()));
        DirBuilder::new().mode(0o700).create(&folder)?;
        let lock = File::create(folder.join(LOCK))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        let this = Self { folder, _lock: lock };
        DirBuilder::new().mode(0o700).create(this.jobs())?;
        mount(&this.jobs(), size)?;
        Ok(this)
    }

    /// Where it is to be seen.
    pub fn jobs(&self) -> PathBuf {
        self.folder.join(JOBS)
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.folder) {
            warn!(%error, path = %self.folder.display(), "cannot unmount the scratch folder");
        }
    }
}

/// Unmounts what boxes that are gone have left below a folder.
pub fn sweep(below: &Path) -> io::Result<()> {
    let _turn = turn(below)?;
    sweep_in_turn(below)
}

/// Held while folders are made and swept, so that no other box takes one for abandoned that has no lock yet.
fn turn(below: &Path) -> io::Result<File> {
    let turn = File::open(below)?;
    flock(&turn, FlockOperation::LockExclusive)?;
    Ok(turn)
}

fn sweep_in_turn(below: &Path) -> io::Result<()> {
    for entry in fs::read_dir(below)? {
        let entry = entry?;
        let is_a_boxs = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if !is_a_boxs || !is_abandoned(&entry.path()) {
            continue;
        }
        match remove(&entry.path()) {
            Ok(()) => info!(path = %entry.path().display(), "unmounted the scratch folder of a process that is gone"),
            Err(error) => warn!(%error, path = %entry.path().display(), "cannot unmount an old scratch folder"),
        }
    }
    Ok(())
}

/// One whose lock is free, or that was left before it had one.
fn is_abandoned(folder: &Path) -> bool {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let lock = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(folder.join(LOCK));
    match lock {
        Ok(lock) => flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

fn remove(folder: &Path) -> io::Result<()> {
    let jobs = folder.join(JOBS);
    // It may not have got so far.
    unmount(&jobs)
        .or_else(unless(libc::EINVAL))
        .or_else(unless(libc::ENOENT))?;
    fs::remove_dir(&jobs).or_else(unless(libc::ENOENT))?;
    fs::remove_file(folder.join(LOCK)).or_else(unless(libc::ENOENT))?;
    fs::remove_dir(folder)
}

fn unless(code: i32) -> impl Fn(io::Error) -> io::Result<()> {
    move |error| {
        if error.raw_os_error() == Some(code) {
            Ok(())
        } else {
            Err(error)
        }
    }
}

#[expect(unsafe_code, reason = "the standard library mounts nothing")]
fn mount(on: &Path, size: TmpfsSize) -> io::Result<()> {
    let options = format!("size={},nr_inodes={},mode=0700", size.bytes, size.files);
    let (on, options) = (CString::new(on.as_os_str().as_bytes())?, CString::new(options)?);
    let flags = libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC;
    // SAFETY: all texts live until the call is back.
    let mounted = unsafe {
        libc::mount(
            NAME.as_ptr(),
            on.as_ptr(),
            TYPE.as_ptr(),
            flags,
            options.as_ptr().cast(),
        )
    };
    answer(mounted)
}

/// What has files open there keeps them, unseen, until it closes them.
#[expect(unsafe_code, reason = "the standard library unmounts nothing")]
fn unmount(from: &Path) -> io::Result<()> {
    let from = CString::new(from.as_os_str().as_bytes())?;
    // SAFETY: the path lives until the call is back.
    answer(unsafe { libc::umount2(from.as_ptr(), libc::MNT_DETACH | libc::UMOUNT_NOFOLLOW) })
}

fn answer(code: libc::c_int) -> io::Result<()> {
    if code == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

const PREFIX: &str = "rbit-tmpfs-";
const LOCK: &str = "lock";
const JOBS: &str = "jobs";
const NAME: &std::ffi::CStr = c"rbit";
const TYPE: &std::ffi::CStr = c"tmpfs";

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: TmpfsSize = TmpfsSize {
        bytes: 64 << 10,
        files: 20,
    };

    /// One, where this user may mount any.
    fn mounted(below: &Path) -> Option<Tmpfs> {
        match Tmpfs::mount(below, SIZE) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                println!("not tried: this user may not mount anything");
                None
            }
            mounted => Some(mounted.unwrap()),
        }
    }

    fn entries(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn it_holds_what_it_may_and_no_more_and_nothing_is_left_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let Some(tmpfs) = mounted(dir.path()) else {
            // Nor is anything left of one that could not be mounted.
            assert_eq!(entries(dir.path()), 0);
            return;
        };
        let jobs = tmpfs.jobs();
        fs::write(jobs.join("fits"), vec![1; 60 << 10]).unwrap();
        let error = fs::write(jobs.join("does-not"), vec![1; 8 << 10]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        let error = (0..20).find_map(|number| fs::create_dir(jobs.join(number.to_string())).err());
        assert_eq!(error.unwrap().kind(), io::ErrorKind::StorageFull);
        drop(tmpfs);
        assert_eq!(entries(dir.path()), 0);
    }

    #[test]
    fn what_a_killed_box_has_left_mounted_is_unmounted_and_a_living_boxs_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let Some(tmpfs) = mounted(dir.path()) else { return };
        fs::write(tmpfs.jobs().join("file"), "x").unwrap();
        let (living, dead) = (tmpfs.folder.clone(), dir.path().join("rbit-tmpfs-dead"));
        fs::create_dir_all(dead.join(JOBS)).unwrap();
        mount(&dead.join(JOBS), SIZE).unwrap();
        fs::write(dead.join(JOBS).join("left"), "x").unwrap();
        File::create(dead.join(LOCK)).unwrap();

        sweep(dir.path()).unwrap();
        assert!(!dead.exists());
        assert!(living.join(JOBS).join("file").exists());
    }
}
