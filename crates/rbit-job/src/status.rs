//! PyBit's words for the state of a job.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A status that PyBit has by default. Its front-end lets people delete and add names, so a status read back may be another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Status {
    /// Submitted, not taken up.
    Waiting,
    /// A box runs it.
    Building,
    /// Finished, artifacts delivered.
    Done,
    /// Finished without success.
    Failed,
    /// Something it needs is not there yet; it will be tried again.
    Blocked,
    /// Somebody called it off.
    Cancelled,
    /// Done, and the result was brought to its repository. rbit never sends it.
    Uploaded,
}

impl Status {
    /// Every status, in the order of a job's life.
    pub const ALL: [Self; 7] = [
        Self::Waiting,
        Self::Building,
        Self::Done,
        Self::Failed,
        Self::Blocked,
        Self::Cancelled,
        Self::Uploaded,
    ];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Building => "Building",
            Self::Done => "Done",
            Self::Failed => "Failed",
            Self::Blocked => "Blocked",
            Self::Cancelled => "Cancelled",
            Self::Uploaded => "Uploaded",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(UnknownStatus)
    }
}

/// A status name that PyBit does not have by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of PyBit's status names")]
pub struct UnknownStatus;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_read_back_from_its_own_word() {
        for status in Status::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
        }
        assert_eq!("building".parse::<Status>(), Err(UnknownStatus));
    }
}
