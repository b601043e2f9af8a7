//! Why there are no control groups.

use std::{io, path::PathBuf};

/// Why processes have no control groups of their own. A box goes on without.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoGroups {
    /// Nobody asked for them.
    #[error("none were asked for")]
    Unwanted,
    /// There is no such file system, or this process is not in it.
    #[error("no control groups of version 2 are mounted here")]
    NotMounted,
    /// What has to be bounded cannot be.
    #[error("the control group `{}` does not have: {missing}", folder.display())]
    Controllers {
        /// The group.
        folder: PathBuf,
        /// The controllers that are not there.
        missing: String,
    },
    /// Somebody else manages it.
    #[error("the control group `{}` is not delegated to rbit", folder.display())]
    NotDelegated {
        /// The group.
        folder: PathBuf,
    },
    /// A group that is divided may have no processes.
    #[error("the control group `{}` cannot be divided: other processes are in it", folder.display())]
    Others {
        /// The group.
        folder: PathBuf,
    },
    /// It should have been possible.
    #[error("cannot {what} the control group `{}`", folder.display())]
    Failed {
        /// What was done.
        what: &'static str,
        /// The group.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl NoGroups {
    /// What an operator could do.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::NotDelegated { .. } | Self::Controllers { .. } => Some(DELEGATE),
            Self::Others { .. } => Some(ALONE),
            Self::Unwanted | Self::NotMounted | Self::Failed { .. } => None,
        }
    }
}

const DELEGATE: &str = "under systemd, `Delegate=cpu memory pids` in [Service] gives rbit its group; from a shell, \
    `systemd-run --user --scope -p Delegate=yes rbit …`";
const ALONE: &str = "start rbit alone in its group, as a service of systemd is, or as the first process of a container";
