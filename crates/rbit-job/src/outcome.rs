//! What became of an attempt.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Artifact, Standing};

/// What became of one attempt at a job. It is decided once, recorded with its [`Reason`], and never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The guest returned, and every file it named was delivered.
    Done(Vec<Artifact>),
    /// Anything else.
    Ended(Ending),
}

impl Outcome {
    /// The stable word for it.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Done(_) => Reason::Done,
            Self::Ended(ending) => ending.reason(),
        }
    }

    /// A sentence for people; empty when the job is done.
    pub fn text(&self) -> String {
        match self {
            Self::Done(_) => String::new(),
            Self::Ended(ending) => ending.to_string(),
        }
    }

    /// The delivered files; none unless the job is done.
    pub fn artifacts(&self) -> &[Artifact] {
        match self {
            Self::Done(artifacts) => artifacts,
            Self::Ended(_) => &[],
        }
    }
}

impl From<Result<Vec<Artifact>, Ending>> for Outcome {
    fn from(result: Result<Vec<Artifact>, Ending>) -> Self {
        match result {
            Ok(artifacts) => Self::Done(artifacts),
            Err(ending) => Self::Ended(ending),
        }
    }
}

/// The ways in which an attempt ends without being done. Every step of a job returns `Result<_, Ending>`, so that the first one
/// that cannot go on decides the outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// It will not succeed by being tried again: the guest said so, broke a rule, or cannot be run.
    Failed {
        /// Which of the permanent failures.
        reason: Reason,
        /// What happened, for people.
        text: String,
    },
    /// The guest said that something it needs is not there yet.
    Blocked(String),
    /// This box could not do its part; another try may succeed.
    HostFault(String),
    /// Somebody called the job off while it ran.
    Cancelled,
    /// The box is leaving; the job was stopped and belongs to whoever gets it next.
    Interrupted,
    /// The front-end's view of the job says that it must not be run.
    Skipped(Standing),
    /// The message cannot become a plan: it is not decodable, or nobody here serves its queue.
    Refused {
        /// [`Reason::Undecodable`] or [`Reason::UnknownRunner`].
        reason: Reason,
        /// What is wrong with it.
        text: String,
    },
}

impl Ending {
    /// A permanent failure.
    pub fn failed(reason: Reason, text: impl Into<String>) -> Self {
        Self::Failed {
            reason,
            text: text.into(),
        }
    }

    /// A message that nobody here can make a job of.
    pub fn refused(reason: Reason, text: impl Into<String>) -> Self {
        Self::Refused {
            reason,
            text: text.into(),
        }
    }

    /// The same in other words.
    #[must_use]
    pub fn in_words(self, change: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::Failed { reason, text } => Self::Failed {
                reason,
                text: change(text),
            },
            Self::Refused { reason, text } => Self::Refused {
                reason,
                text: change(text),
            },
            Self::Blocked(text) => Self::Blocked(change(text)),
            Self::HostFault(text) => Self::HostFault(change(text)),
            same @ (Self::Cancelled | Self::Interrupted | Self::Skipped(_)) => same,
        }
    }

    /// The stable word for it.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Failed { reason, .. } | Self::Refused { reason, .. } => *reason,
            Self::Blocked(_) => Reason::GuestBlocked,
            Self::HostFault(_) => Reason::HostFault,
            Self::Cancelled => Reason::Cancelled,
            Self::Interrupted => Reason::Interrupted,
            Self::Skipped(_) => Reason::Skipped,
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { text, .. } | Self::Refused { text, .. } | Self::Blocked(text) | Self::HostFault(text) => {
                f.write_str(text)
            }
            Self::Cancelled => f.write_str("cancelled while it ran"),
            Self::Interrupted => f.write_str("stopped because the box is leaving"),
            Self::Skipped(standing) => write!(f, "not run: the front-end says {standing}"),
        }
    }
}

/// Why an attempt ended as it did: one stable word, the same in journal, logs, headers and exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// The guest returned and its files were delivered.
    Done,
    /// The guest returned `failed`.
    GuestFailed,
    /// The guest returned `blocked`.
    GuestBlocked,
    /// The guest trapped, panicked or exited.
    GuestTrap,
    /// Its time on the wall was over.
    Timeout,
    /// Its time on a processor was over.
    CpuLimit,
    /// It asked for more memory than it may have, and did not cope with being refused.
    MemoryLimit,
    /// It asked for larger tables than it may have, or consists of too many instances.
    TableLimit,
    /// It called too deep.
    StackLimit,
    /// It had too much open at once, or wanted too much copied in one call.
    HostLimit,
    /// What it wrote was more than its folders may hold.
    DiskLimit,
    /// It made more files, or opened more at once, than it may.
    FileLimit,
    /// It made more HTTP requests, or moved more bytes by them, than it may.
    HttpLimit,
    /// It asked for something that it was not granted, and did not cope with being refused.
    Denied,
    /// It named more files, a larger one, or more bytes in all than it may deliver.
    ArtifactLimit,
    /// It named something that is no regular file of its own output folder.
    ArtifactRefused,
    /// The component cannot be loaded, or is no runner.
    InvalidComponent,
    /// The component is too large, or takes too long to compile.
    ComponentLimit,
    /// A value of the request cannot be used where the configuration wants it, such as a package name with `/` in a path.
    UnsafeRequest,
    /// Called off by a person or the front-end.
    Cancelled,
    /// Stopped by a drain.
    Interrupted,
    /// Not run because the front-end says so.
    Skipped,
    /// The message is no build request.
    Undecodable,
    /// No runner serves the queue.
    UnknownRunner,
    /// The box could not do its part.
    HostFault,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 25] = [
        Self::Done,
        Self::GuestFailed,
        Self::GuestBlocked,
        Self::GuestTrap,
        Self::Timeout,
        Self::CpuLimit,
        Self::MemoryLimit,
        Self::TableLimit,
        Self::StackLimit,
        Self::HostLimit,
        Self::DiskLimit,
        Self::FileLimit,
        Self::HttpLimit,
        Self::Denied,
        Self::ArtifactLimit,
        Self::ArtifactRefused,
        Self::InvalidComponent,
        Self::ComponentLimit,
        Self::UnsafeRequest,
        Self::Cancelled,
        Self::Interrupted,
        Self::Skipped,
        Self::Undecodable,
        Self::UnknownRunner,
        Self::HostFault,
    ];

    /// The word, in kebab case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::GuestFailed => "guest-failed",
            Self::GuestBlocked => "guest-blocked",
            Self::GuestTrap => "guest-trap",
            Self::Timeout => "timeout",
            Self::CpuLimit => "cpu-limit",
            Self::MemoryLimit => "memory-limit",
            Self::TableLimit => "table-limit",
            Self::StackLimit => "stack-limit",
            Self::HostLimit => "host-limit",
            Self::DiskLimit => "disk-limit",
            Self::FileLimit => "file-limit",
            Self::HttpLimit => "http-limit",
            Self::Denied => "denied",
            Self::ArtifactLimit => "artifact-limit",
            Self::ArtifactRefused => "artifact-refused",
            Self::InvalidComponent => "invalid-component",
            Self::ComponentLimit => "component-limit",
            Self::UnsafeRequest => "unsafe-request",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
            Self::Skipped => "skipped",
            Self::Undecodable => "undecodable",
            Self::UnknownRunner => "unknown-runner",
            Self::HostFault => "host-fault",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_written_to_json_as_the_word_it_shows() {
        for reason in Reason::ALL {
            assert_eq!(serde_json::to_string(&reason).unwrap(), format!("\"{reason}\""));
        }
    }
}
