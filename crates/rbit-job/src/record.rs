//! What the journal keeps of a job.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Attempt, JobId, JobKey, Outcome, QueueName, RunnerName, Status, Usage};

/// The journal's entry of one job: its last attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRecord {
    /// What makes it this job.
    pub key: JobKey,
    /// Where it came from.
    pub queue: QueueName,
    /// What ran it.
    pub runner: RunnerName,
    /// PyBit's number.
    pub job: JobId,
    /// Name of the package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// The last attempt.
    pub attempt: Attempt,
    /// Where it stands.
    pub state: JobState,
    /// How the last attempt ended; none while it runs.
    pub outcome: Option<Outcome>,
    /// The status that PyBit was, or will be, told.
    pub status: Option<Status>,
    /// What the last attempt used.
    pub usage: Usage,
    /// When the first attempt began.
    pub first_started: Timestamp,
    /// When the last attempt began.
    pub started: Timestamp,
    /// When the last attempt ended.
    pub ended: Option<Timestamp>,
}

/// Where a job stands on this box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobState {
    /// An attempt runs.
    Running,
    /// It waits for its next attempt.
    Retrying,
    /// A drain or a crash stopped it; whoever gets the message next runs it again.
    Interrupted,
    /// It has its final outcome.
    Finished,
}

impl JobState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Running, Self::Retrying, Self::Interrupted, Self::Finished];

    /// The word, in kebab case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Retrying => "retrying",
            Self::Interrupted => "interrupted",
            Self::Finished => "finished",
        }
    }
}
