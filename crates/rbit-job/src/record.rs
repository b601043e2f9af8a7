//! What the journal keeps of a job.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Attempt, JobId, JobKey, Outcome, QueueName, QueuePolicy, RunnerName, Status, Usage, backoff};

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

impl JobRecord {
    /// Whether the message of a job that has not ended should long be back with this box.
    ///
    /// Then it waits in its queue behind others, or another box has it; that box may have ended the job weeks ago. Boxes do not tell each
    /// other, so this is all that can be said.
    pub fn is_overdue(&self, policy: &QueuePolicy, now: Timestamp) -> bool {
        let wait = match self.state {
            JobState::Running | JobState::Finished => return false,
            JobState::Retrying => backoff::delay_after(self.attempt, &policy.retry_steps),
            JobState::Interrupted => Duration::ZERO,
        };
        let absent = self.ended.map(|ended| now.duration_since(ended));
        absent.is_some_and(|absent| absent.unsigned_abs() > wait + PATIENCE && absent.is_positive())
    }
}

/// How late a message may be before it counts as overdue.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

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

#[cfg(test)]
mod tests {
    use super::*;

    fn record(state: JobState, attempt: u32) -> JobRecord {
        let queue = QueueName::new("q").unwrap();
        JobRecord {
            key: JobKey::of(&queue, None, b""),
            queue,
            runner: RunnerName::new("r").unwrap(),
            job: JobId::new("4").unwrap(),
            package: String::new(),
            version: String::new(),
            attempt: Attempt::new(attempt),
            state,
            outcome: None,
            status: None,
            usage: Usage::default(),
            first_started: Timestamp::UNIX_EPOCH,
            started: Timestamp::UNIX_EPOCH,
            ended: Some(Timestamp::UNIX_EPOCH),
        }
    }

    #[test]
    fn a_job_is_overdue_ten_minutes_after_its_message_should_have_come_back() {
        let policy = QueuePolicy {
            retry_steps: vec![Duration::from_secs(60), Duration::from_secs(3600)],
            ..QueuePolicy::default()
        };
        let table = [
            (JobState::Interrupted, 1, Some(600)),
            (JobState::Retrying, 1, Some(660)),
            (JobState::Retrying, 2, Some(4200)),
            (JobState::Running, 1, None),
            (JobState::Finished, 1, None),
        ];
        for (state, attempt, limit) in table {
            let is_overdue = |second| {
                let now = Timestamp::from_second(second).unwrap();
                record(state, attempt).is_overdue(&policy, now)
            };
            let (at, after) = (limit.unwrap_or(1_000_000), limit.unwrap_or(1_000_000) + 1);
            assert_eq!(
                (is_overdue(at), is_overdue(after)),
                (false, limit.is_some()),
                "{state:?} {attempt}"
            );
            assert!(!is_overdue(-1_000_000), "a clock that was set back");
        }
    }
}
