//! Kinds of outcomes: what a caller of one job has to tell apart.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Reason;

/// What became of a job, in one of a few words. Each has an exit status of `rbit exec`, and is what a case of `rbit test` expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeKind {
    /// The guest returned and its files were delivered.
    Done,
    /// The guest said that it failed.
    Failed,
    /// The guest said that something is not there yet.
    Blocked,
    /// The guest trapped, panicked or exited.
    Trap,
    /// Its time on the wall was over.
    Timeout,
    /// It met another limit.
    Limit,
    /// It asked for what it was not granted.
    Denied,
    /// It named a file that cannot be delivered.
    ArtifactRefused,
    /// It is no runner.
    InvalidModule,
    /// The request cannot be used.
    BadRequest,
    /// It was stopped.
    Cancelled,
    /// This machine could not do its part.
    HostFault,
}

impl OutcomeKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Done,
        Self::Failed,
        Self::Blocked,
        Self::Trap,
        Self::Timeout,
        Self::Limit,
        Self::Denied,
        Self::ArtifactRefused,
        Self::InvalidModule,
        Self::BadRequest,
        Self::Cancelled,
        Self::HostFault,
    ];

    /// The word, in kebab case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Blocked => "blocked",
            Self::Trap => "trap",
            Self::Timeout => "timeout",
            Self::Limit => "limit",
            Self::Denied => "denied",
            Self::ArtifactRefused => "artifact-refused",
            Self::InvalidModule => "invalid-module",
            Self::BadRequest => "bad-request",
            Self::Cancelled => "cancelled",
            Self::HostFault => "host-fault",
        }
    }
}

impl fmt::Display for OutcomeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Reason {
    /// The kind of outcome that has this reason.
    ///
    /// ```
    /// use rbit_job::{OutcomeKind, Reason};
    /// assert_eq!(Reason::MemoryLimit.kind(), OutcomeKind::Limit);
    /// ```
    pub fn kind(self) -> OutcomeKind {
        match self {
            Self::Done => OutcomeKind::Done,
            Self::GuestFailed => OutcomeKind::Failed,
            Self::GuestBlocked => OutcomeKind::Blocked,
            Self::GuestTrap => OutcomeKind::Trap,
            Self::Timeout => OutcomeKind::Timeout,
            Self::CpuLimit
            | Self::MemoryLimit
            | Self::TableLimit
            | Self::StackLimit
            | Self::HostLimit
            | Self::DiskLimit
            | Self::FileLimit
            | Self::HttpLimit
            | Self::ArtifactLimit
            | Self::ComponentLimit => OutcomeKind::Limit,
            Self::Denied => OutcomeKind::Denied,
            Self::ArtifactRefused => OutcomeKind::ArtifactRefused,
            Self::InvalidComponent => OutcomeKind::InvalidModule,
            Self::UnsafeRequest | Self::Undecodable | Self::UnknownRunner => OutcomeKind::BadRequest,
            Self::Cancelled | Self::Interrupted | Self::Skipped => OutcomeKind::Cancelled,
            Self::HostFault => OutcomeKind::HostFault,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_written_to_json_as_the_word_it_shows() {
        for kind in OutcomeKind::ALL {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{kind}\""));
        }
    }

    #[test]
    fn every_limit_is_a_limit_and_every_kind_has_a_reason() {
        for reason in Reason::ALL {
            let is_limit = reason.as_str().ends_with("-limit");
            assert_eq!(reason.kind() == OutcomeKind::Limit, is_limit, "{reason}");
        }
        for kind in OutcomeKind::ALL {
            assert!(Reason::ALL.iter().any(|reason| reason.kind() == kind), "{kind}");
        }
    }
}
