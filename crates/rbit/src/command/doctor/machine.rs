//! What this machine has that bounds guests from outside of rbit.

use std::{fs, path::Path};

use rustix::fs::statfs;
use serde::Serialize;

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct Machine {
    /// The kernel's version.
    kernel: String,
    /// What `scratch-dir` is on.
    scratch: Scratch,
    /// Where the memory and processes of all of rbit could be bounded.
    cgroup: Cgroup,
}

#[derive(Debug, Serialize)]
struct Scratch {
    is_tmpfs: bool,
    /// Bytes of all of that file system.
    bytes: u64,
}

/// How far a control group could be given to a process with guests. rbit makes none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Cgroup {
    /// No version 2, or without the controllers.
    NotOffered,
    /// Its own is not ours to divide.
    NotDelegated,
    /// It could be divided.
    Delegated,
}

impl Machine {
    /// Looks, and changes nothing. `scratch_dir` may not be there yet.
    pub(super) fn look(scratch_dir: &Path) -> Self {
        Self {
            kernel: rustix::system::uname().release().to_string_lossy().into_owned(),
            scratch: scratch(scratch_dir),
            cgroup: cgroup(
                Path::new("/sys/fs/cgroup"),
                &fs::read_to_string("/proc/self/cgroup").unwrap_or_default(),
            ),
        }
    }

    /// A line for each.
    pub(super) fn as_text(&self) -> String {
        let scratch = match &self.scratch {
            Scratch { is_tmpfs: true, bytes } => {
                format!("on a tmpfs of {} MiB, which bounds all jobs together", bytes >> 20)
            }
            Scratch { is_tmpfs: false, .. } => "on a disk: `disk` and `files` of each job are its bounds".to_owned(),
        };
        let cgroup = match self.cgroup {
            Cgroup::NotOffered => "not offered: no version 2 with `memory` and `pids`",
            Cgroup::NotDelegated => "not delegated to this user",
            Cgroup::Delegated => "delegated, and not used: bound the service as a whole",
        };
        format!(
            "kernel         {}\nscratch-dir    {scratch}\ncgroup         {cgroup}\n",
            self.kernel
        )
    }
}

fn scratch(folder: &Path) -> Scratch {
    let found = folder.ancestors().find_map(|folder| statfs(folder).ok());
    Scratch {
        is_tmpfs: found.is_some_and(|found| found.f_type == TMPFS),
        bytes: found.map_or(0, |found| {
            found.f_blocks.saturating_mul(u64::try_from(found.f_bsize).unwrap_or(0))
        }),
    }
}

/// `own` is what `/proc/self/cgroup` says: of version 2 it has the line `0::/PATH`.
fn cgroup(root: &Path, own: &str) -> Cgroup {
    let own = own.lines().find_map(|line| line.strip_prefix("0::/"));
    let Some(folder) = own.map(|own| root.join(own)) else {
        return Cgroup::NotOffered;
    };
    let controllers = fs::read_to_string(folder.join("cgroup.controllers")).unwrap_or_default();
    let has = |wanted| controllers.split_whitespace().any(|controller| controller == wanted);
    if !has("memory") || !has("pids") {
        return Cgroup::NotOffered;
    }
    let is_ours = rustix::fs::access(&folder, rustix::fs::Access::WRITE_OK).is_ok()
        && rustix::fs::access(folder.join("cgroup.procs"), rustix::fs::Access::WRITE_OK).is_ok();
    if is_ours {
        Cgroup::Delegated
    } else {
        Cgroup::NotDelegated
    }
}

const TMPFS: rustix::fs::FsWord = 0x0102_1994;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_offered_where_memory_and_processes_can_be_bounded() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("system.slice/rbit.service");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("cgroup.procs"), "").unwrap();
        let own = "12:pids:/old\n0::/system.slice/rbit.service\n";
        for (controllers, expected) in [
            ("hugetlb", Cgroup::NotOffered),
            ("cpu memory", Cgroup::NotOffered),
            ("cpu memory pids", Cgroup::Delegated),
        ] {
            fs::write(folder.join("cgroup.controllers"), controllers).unwrap();
            assert_eq!(cgroup(root.path(), own), expected, "{controllers}");
        }
        assert_eq!(cgroup(root.path(), "12:pids:/old\n"), Cgroup::NotOffered);
    }
}
