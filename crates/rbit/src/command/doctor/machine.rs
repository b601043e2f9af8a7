//! What this machine has that bounds guests from outside of rbit.

use std::{
    io,
    path::{Path, PathBuf},
};

use rbit_config::{ScratchTmpfs, Settings};
use rbit_job::error_chain;
use rbit_native::Bubblewrap;
use serde::Serialize;

use crate::scratch::{self, Ground};

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
    /// What programs of `native!` run under.
    bubblewrap: Native,
}

/// Whether programs of the machine could be run.
#[derive(Debug, Serialize)]
struct Native {
    /// Its version; none where it cannot be used.
    version: Option<String>,
    /// Why it cannot be used.
    missing: Option<String>,
}

#[derive(Debug, Serialize)]
struct Scratch {
    is_tmpfs: bool,
    /// Bytes of all of that file system.
    bytes: u64,
    /// Bytes of the one that a box mounts for itself when it starts.
    own_bytes: Option<u64>,
    /// Why it mounts none.
    why_not_own: Option<String>,
    /// What an operator can do instead.
    hint: Option<String>,
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
    /// Looks, and leaves nothing changed. `scratch-dir` may not be there yet. Namespaces have been tried; mounting is, in `trial`.
    pub(super) fn look(settings: &Settings, trial: &Path, user_namespaces: io::Result<()>) -> Self {
        Self {
            kernel: rustix::system::uname().release().to_string_lossy().into_owned(),
            scratch: Scratch::look(settings, trial),
            user_namespaces: Offer {
                is_offered: user_namespaces.is_ok(),
                why_not: user_namespaces.err().map(|error| error.to_string()),
            },
            cgroup: cgroup(),
            bubblewrap: Native::look(),
        }
    }

    /// A line for each.
    pub(super) fn as_text(&self) -> String {
        let scratch = self.scratch.as_text();
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
            "kernel         {}\nuser namespace {namespaces}\nscratch-dir    {scratch}\ncgroup         {cgroup}\nbubblewrap     {}\n",
            self.kernel,
            self.bubblewrap.as_text()
        )
    }
}

impl Native {
    fn look() -> Self {
        match Bubblewrap::find() {
            Ok(found) => Self {
                version: Some(found.version().to_owned()),
                missing: None,
            },
            Err(error) => Self {
                version: None,
                missing: Some(error_chain(&error)),
            },
        }
    }

    fn as_text(&self) -> String {
        match (&self.version, &self.missing) {
            (Some(version), _) => format!("{version}, makes namespaces: `native!` can be used"),
            (None, missing) => format!(
                "not usable, so `native!` is not: {}",
                missing.as_deref().unwrap_or_default()
            ),
        }
    }
}

impl Scratch {
    fn look(settings: &Settings, trial: &Path) -> Self {
        let ground = Ground::of(&settings.scratch_dir);
        let wanted = scratch::wanted(settings, ground);
        let own = wanted.map_err(str::to_owned).and_then(|size| {
            let tried = scratch::try_out(trial).map_err(|error| format!("this user may not mount one: {error}"));
            tried.map(|()| size)
        });
        // Whoever says no has been told before.
        let is_refused = settings.scratch_tmpfs == ScratchTmpfs::No;
        let hint = own.is_err() && !is_refused;
        Self {
            is_tmpfs: ground.is_tmpfs,
            bytes: ground.bytes,
            own_bytes: own.as_ref().ok().map(|size| size.bytes),
            why_not_own: own.err(),
            hint: hint.then(|| scratch::hint(&settings.scratch_dir, scratch::need(settings))),
        }
    }

    fn as_text(&self) -> String {
        if let Some(bytes) = self.own_bytes {
            return format!(
                "on a tmpfs of the box's own, of {} MiB, which bounds all jobs together",
                bytes >> 20
            );
        }
        let ground = if self.is_tmpfs {
            format!(
                "on a tmpfs of {} MiB, which bounds all jobs together with whatever else is on it",
                self.bytes >> 20
            )
        } else {
            "on a disk: `disk` and `files` of each job are its bounds".to_owned()
        };
        let why = self.why_not_own.as_deref().unwrap_or_default();
        let hint = self.hint.as_ref().map(|hint| format!("\n               {hint}"));
        format!("{ground}; none of the box's own: {why}{}", hint.unwrap_or_default())
    }
}

fn cgroup() -> Cgroup {
    match rbit_cgroup::look() {
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
