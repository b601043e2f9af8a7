//! What this machine has that bounds guests from outside of rbit.

use std::{
    io,
    path::{Path, PathBuf},
};

use rbit_jail::look_for_groups;
use rustix::fs::statfs;
use serde::Serialize;

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct Machine {
    /// The kernel's version.
    kernel: String,
    /// What `scratch-dir` is on.
    scratch: Scratch,
    /// Whether users may have namespaces of their own.
    user_namespaces: Offer,
    /// What bounds each process with guests from outside.
    cgroup: Cgroup,
}

#[derive(Debug, Serialize)]
struct Scratch {
    is_tmpfs: bool,
    /// Bytes of all of that file system.
    bytes: u64,
}

/// What guests of WebAssembly do not need, and other walls do.
#[derive(Debug, Serialize)]
struct Offer {
    is_offered: bool,
    why_not: Option<String>,
}

/// Whether a box that is started here gives each process with guests a control group of its own.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Cgroup {
    /// It does.
    Divided {
        /// In this one.
        folder: PathBuf,
        /// With bounds for these.
        controllers: Vec<&'static str>,
    },
    /// It goes on without.
    None {
        /// For this reason.
        why: String,
        /// What would help.
        help: Option<&'static str>,
    },
}

impl Machine {
    /// Looks, and changes nothing. `scratch_dir` may not be there yet. Namespaces have been tried.
    pub(super) fn look(scratch_dir: &Path, user_namespaces: io::Result<()>) -> Self {
        Self {
            kernel: rustix::system::uname().release().to_string_lossy().into_owned(),
            scratch: scratch(scratch_dir),
            user_namespaces: Offer {
                is_offered: user_namespaces.is_ok(),
                why_not: user_namespaces.err().map(|error| error.to_string()),
            },
            cgroup: cgroup(),
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
        let cgroup = match &self.cgroup {
            Cgroup::Divided { folder, controllers } => format!(
                "each process with guests gets one in `{}`, with bounds for {}",
                folder.display(),
                controllers.join(", ")
            ),
            Cgroup::None { why, help: None } => format!("none for a box that is started here: {why}"),
            Cgroup::None { why, help: Some(help) } => {
                format!("none for a box that is started here: {why}\n               {help}")
            }
        };
        let namespaces = match &self.user_namespaces.why_not {
            None => "offered to this user; guests of WebAssembly do without".to_owned(),
            Some(why) => format!("not offered to this user ({why}); guests of WebAssembly do without"),
        };
        format!(
            "kernel         {}\nuser namespace {namespaces}\nscratch-dir    {scratch}\ncgroup         {cgroup}\n",
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

fn cgroup() -> Cgroup {
    match look_for_groups() {
        Ok(place) => Cgroup::Divided {
            folder: place.folder,
            controllers: place.controllers,
        },
        Err(none) => Cgroup::None {
            why: none.to_string(),
            help: none.help(),
        },
    }
}

const TMPFS: rustix::fs::FsWord = 0x0102_1994;
