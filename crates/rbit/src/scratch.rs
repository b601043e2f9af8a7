//! Where jobs have their folders: in `scratch-dir`, on a file system of the box's own where it may mount one.

use std::{fs::DirBuilder, os::unix::fs::DirBuilderExt as _, path::Path};

use anyhow::Context as _;
use rbit_config::{ScratchTmpfs, Settings};
use rbit_jail::{Tmpfs, TmpfsSize, sweep_tmpfs};
use rbit_worker::{ScratchRoot, is_private_or_absent};
use rustix::fs::{FsWord, statfs};
use tracing::{info, warn};

use crate::{exit_code::Code, failure::Failure, memory};

/// The folder of this process, with what it lies on, which is kept for as long.
pub(crate) struct Scratch {
    pub(crate) root: ScratchRoot,
    pub(crate) tmpfs: Option<Tmpfs>,
}

/// What a folder lies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ground {
    /// Whether files there are memory.
    pub(crate) is_tmpfs: bool,
    /// Bytes of all of that file system.
    pub(crate) bytes: u64,
}

/// Makes the folder, as `scratch-tmpfs` wants it.
pub(crate) fn open(settings: &Settings) -> Result<Scratch, Failure> {
    let folder = &settings.scratch_dir;
    let tmpfs = match wanted(settings, Ground::of(folder)) {
        Ok(size) => mounted(settings, size)?,
        Err(_) => None,
    };
    let Some(tmpfs) = tmpfs else {
        let root = ScratchRoot::open(folder)?;
        // One may be left of a start with another configuration.
        let swept = sweep_tmpfs(folder);
        swept.unwrap_or_else(|error| warn!(%error, path = %folder.display(), "cannot look for old scratch folders"));
        return Ok(Scratch { root, tmpfs: None });
    };
    let root = ScratchRoot::open(&tmpfs.jobs())?;
    let tmpfs = Some(tmpfs);
    Ok(Scratch { root, tmpfs })
}

fn mounted(settings: &Settings, size: TmpfsSize) -> Result<Option<Tmpfs>, Failure> {
    match mount(&settings.scratch_dir, size) {
        Ok(tmpfs) => {
            let (path, mib) = (tmpfs.jobs(), size.bytes >> 20);
            info!(path = %path.display(), mib, "jobs have their folders on a tmpfs of their own");
            Ok(Some(tmpfs))
        }
        Err(error) if settings.scratch_tmpfs == ScratchTmpfs::Yes => {
            Err(Failure::new(Code::Unavailable, error).with_help(MOUNT_HELP))
        }
        Err(error) => {
            info!(error = format!("{error:#}"), "jobs have no tmpfs of their own");
            Ok(None)
        }
    }
}

fn mount(scratch_dir: &Path, size: TmpfsSize) -> anyhow::Result<Tmpfs> {
    let path = scratch_dir.display();
    // Nothing is mounted where others could put something else in its place.
    anyhow::ensure!(is_private_or_absent(scratch_dir), "`{path}` is not this user's alone");
    let mut folder = DirBuilder::new();
    folder.recursive(true).mode(0o700);
    folder
        .create(scratch_dir)
        .with_context(|| format!("cannot make `{path}`"))?;
    Tmpfs::mount(scratch_dir, size).with_context(|| format!("cannot mount a tmpfs in `{path}`"))
}

/// How large a tmpfs of the box's own is to be, or why there is to be none.
pub(crate) fn wanted(settings: &Settings, ground: Ground) -> Result<TmpfsSize, &'static str> {
    let need = need(settings);
    let memory = memory::of_this_box().unwrap_or(u64::MAX);
    decide(settings.scratch_tmpfs, ground, need, memory)
}

/// Whether jobs' files will be in memory once the box runs.
pub(crate) fn will_be_memory(settings: &Settings) -> bool {
    let ground = Ground::of(&settings.scratch_dir);
    ground.is_tmpfs || wanted(settings, ground).is_ok()
}

fn decide(mode: ScratchTmpfs, ground: Ground, need: TmpfsSize, memory: u64) -> Result<TmpfsSize, &'static str> {
    match mode {
        ScratchTmpfs::No => return Err("`scratch-tmpfs` is no"),
        ScratchTmpfs::Auto if !ground.is_tmpfs => return Err("`scratch-dir` is on a disk"),
        ScratchTmpfs::Auto | ScratchTmpfs::Yes => {}
    }
    // What a tmpfs may have is what there is below it; on a disk, half of the memory, as the kernel does unless it is told otherwise.
    let most = if ground.is_tmpfs { ground.bytes } else { memory / 2 };
    let bytes = need.bytes.min(most);
    Ok(TmpfsSize { bytes, ..need })
}

/// What all jobs that run at once may have together, and some for the folders around them.
pub(crate) fn need(settings: &Settings) -> TmpfsSize {
    let slots = u64::from(settings.slots);
    let largest = |of: fn(&rbit_job::Limits) -> u64| settings.runners.iter().map(|runner| of(&runner.limits)).max();
    let bytes = largest(|limits| limits.disk)
        .unwrap_or(0)
        .saturating_add(FOLDERS * PAGE);
    let files = largest(|limits| limits.files.into())
        .unwrap_or(0)
        .saturating_add(FOLDERS);
    TmpfsSize {
        bytes: bytes.saturating_mul(slots).saturating_add(MORE),
        files: files.saturating_mul(slots).saturating_add(MORE / PAGE),
    }
}

impl Ground {
    /// That of a folder, which may not be there yet.
    pub(crate) fn of(folder: &Path) -> Self {
        let found = folder.ancestors().find_map(|folder| statfs(folder).ok());
        Self {
            is_tmpfs: found.is_some_and(|found| found.f_type == TMPFS),
            bytes: found.map_or(0, |found| {
                found.f_blocks.saturating_mul(u64::try_from(found.f_bsize).unwrap_or(0))
            }),
        }
    }
}

/// Whether this user could mount one: it is tried, and undone.
pub(crate) fn try_out(folder: &Path) -> Result<(), String> {
    let size = TmpfsSize {
        bytes: MORE,
        files: FOLDERS,
    };
    Tmpfs::mount(folder, size).map(drop).map_err(|error| error.to_string())
}

/// What an operator can do instead, with the sizes of this configuration.
pub(crate) fn hint(scratch_dir: &Path, size: TmpfsSize) -> String {
    let (path, TmpfsSize { bytes, files }) = (scratch_dir.display(), size);
    format!(
        "root can mount one before: mount -t tmpfs -o size={bytes},nr_inodes={files},mode=0700,uid={uid},nosuid,nodev,noexec rbit {path}",
        uid = rustix::process::geteuid().as_raw()
    )
}

const MOUNT_HELP: &str = "mounting is root's right: `rbit doctor FILE` has the command for it, and with `scratch-tmpfs = auto` the box goes on without";
const TMPFS: FsWord = 0x0102_1994;
/// Folders around those of one job.
const FOLDERS: u64 = 8;
const PAGE: u64 = 4096;
/// Bytes for what belongs to no job.
const MORE: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tmpfs_is_mounted_where_files_are_memory_already_or_where_it_is_asked_for() {
        const GIB: u64 = 1 << 30;
        let need = TmpfsSize {
            bytes: 4 * GIB,
            files: 9,
        };
        let (disk, tmpfs) = (
            |bytes| Ground { is_tmpfs: false, bytes },
            |bytes| Ground { is_tmpfs: true, bytes },
        );
        let (auto, yes, no) = (ScratchTmpfs::Auto, ScratchTmpfs::Yes, ScratchTmpfs::No);
        for (mode, ground, expected) in [
            (auto, tmpfs(12 * GIB), Ok(4 * GIB)),
            // All jobs together have no more than there was before.
            (auto, tmpfs(GIB), Ok(GIB)),
            (auto, disk(900 * GIB), Err("`scratch-dir` is on a disk")),
            (yes, disk(900 * GIB), Ok(3 * GIB)),
            (yes, tmpfs(12 * GIB), Ok(4 * GIB)),
            (no, tmpfs(12 * GIB), Err("`scratch-tmpfs` is no")),
        ] {
            let decided = decide(mode, ground, need, 6 * GIB);
            assert_eq!(
                decided,
                expected.map(|bytes| TmpfsSize { bytes, files: 9 }),
                "{mode:?} {ground:?}"
            );
        }
    }
}
