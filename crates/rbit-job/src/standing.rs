//! What the front-end thinks of a job, and whether it may be run.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Status;

/// The last entry of a job's history at the front-end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// One of PyBit's own statuses.
    Known(Status),
    /// A status name that somebody added in the front-end.
    Other(String),
    /// The front-end has no such job, or no history of it.
    Unknown,
    /// The front-end did not answer, or nobody is asked.
    Unheard,
}

impl Standing {
    /// Whether a job of this standing is run.
    ///
    /// `Waiting` and `Blocked` are the ordinary case. `Building` is a job that was started before and whose message came back
    /// to us, so nobody holds it: it is taken over. A front-end that is down, or that has statuses of its own, must not stop work.
    /// What was cancelled, forgotten or already finished is not run.
    ///
    /// ```
    /// use rbit_job::{Standing, Status};
    /// assert!(Standing::Known(Status::Waiting).may_start());
    /// assert!(!Standing::Known(Status::Cancelled).may_start());
    /// ```
    pub fn may_start(&self) -> bool {
        match self {
            Self::Known(Status::Waiting | Status::Blocked | Status::Building) | Self::Other(_) | Self::Unheard => true,
            Self::Known(Status::Cancelled | Status::Failed | Status::Done | Status::Uploaded) | Self::Unknown => false,
        }
    }

    /// The same for a job that a person asked for once more: one that failed is run as well.
    ///
    /// ```
    /// use rbit_job::{Standing, Status};
    /// assert!(Standing::Known(Status::Failed).may_start_again());
    /// assert!(!Standing::Known(Status::Done).may_start_again());
    /// ```
    pub fn may_start_again(&self) -> bool {
        self.may_start() || *self == Self::Known(Status::Failed)
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(status) => write!(f, "`{status}`"),
            Self::Other(name) => write!(f, "`{}`", name.escape_debug()),
            Self::Unknown => f.write_str("that it does not know the job"),
            Self::Unheard => f.write_str("nothing"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_starts_unless_it_was_called_off_forgotten_or_finished() {
        let table = [
            (Standing::Known(Status::Waiting), true),
            (Standing::Known(Status::Blocked), true),
            (Standing::Known(Status::Building), true),
            (Standing::Known(Status::Cancelled), false),
            (Standing::Known(Status::Failed), false),
            (Standing::Known(Status::Done), false),
            (Standing::Known(Status::Uploaded), false),
            (Standing::Other("Paused".into()), true),
            (Standing::Unknown, false),
            (Standing::Unheard, true),
        ];
        for (standing, may_start) in table {
            assert_eq!(standing.may_start(), may_start, "{standing:?}");
            let may_start_again = may_start || standing == Standing::Known(Status::Failed);
            assert_eq!(standing.may_start_again(), may_start_again, "{standing:?}");
        }
    }
}
