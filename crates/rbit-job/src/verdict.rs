//! From an outcome to what PyBit and the broker are told: the table of the whole program.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Attempt, Disposition, Ending, Outcome, Reason, Status, backoff};

/// What follows from an outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The status PyBit is told, if any.
    pub status: Option<Status>,
    /// What becomes of the message.
    pub disposition: Disposition,
}

/// How a queue treats jobs that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuePolicy {
    /// The waits before the second, third … try; the last one repeats.
    pub retry_steps: Vec<Duration>,
    /// How many tries a job gets before it counts as failed.
    pub max_attempts: u32,
    /// What becomes of the message of a failed job.
    pub on_failed: OnFailed,
}

impl Default for QueuePolicy {
    fn default() -> Self {
        Self {
            retry_steps: backoff::DEFAULT_STEPS.to_vec(),
            max_attempts: 20,
            on_failed: OnFailed::Ack,
        }
    }
}

/// What becomes of the message of a job that failed for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailed {
    /// It is forgotten; the journal and PyBit know of it.
    #[default]
    Ack,
    /// It is put aside, so that somebody can look at it and try again.
    Park,
}

/// Decides what PyBit and the broker are told about an attempt.
///
/// ```
/// use rbit_job::{Attempt, Disposition, Outcome, QueuePolicy, Status, verdict::judge};
/// let verdict = judge(&Outcome::Done(vec![]), Attempt::FIRST, &QueuePolicy::default());
/// assert_eq!(verdict.status, Some(Status::Done));
/// assert_eq!(verdict.disposition, Disposition::Ack);
/// ```
pub fn judge(outcome: &Outcome, attempt: Attempt, policy: &QueuePolicy) -> Verdict {
    let ending = match outcome {
        Outcome::Done(_) => return verdict(Status::Done, Disposition::Ack),
        Outcome::Ended(ending) => ending,
    };
    let retry = || Disposition::Retry {
        delay: backoff::delay_after(attempt, &policy.retry_steps),
        attempt: attempt.next(),
    };
    let is_last = attempt.number() >= policy.max_attempts;
    match ending {
        Ending::Failed { reason, text } => match policy.on_failed {
            OnFailed::Ack => verdict(Status::Failed, Disposition::Ack),
            OnFailed::Park => verdict(Status::Failed, park(*reason, text)),
        },
        Ending::Blocked(text) if is_last => verdict(
            Status::Failed,
            park(
                Reason::GuestBlocked,
                &format!("still blocked at attempt {attempt}: {text}"),
            ),
        ),
        Ending::Blocked(_) => verdict(Status::Blocked, retry()),
        Ending::HostFault(text) if is_last => verdict(
            Status::Failed,
            park(Reason::HostFault, &format!("given up at attempt {attempt}: {text}")),
        ),
        Ending::HostFault(_) => silent(retry()),
        Ending::Cancelled => verdict(Status::Cancelled, Disposition::Ack),
        Ending::Skipped(_) => silent(Disposition::Ack),
        Ending::Interrupted => silent(Disposition::Leave),
        Ending::Refused { reason, text } => silent(park(*reason, text)),
    }
}

fn verdict(status: Status, disposition: Disposition) -> Verdict {
    Verdict {
        status: Some(status),
        disposition,
    }
}

fn silent(disposition: Disposition) -> Verdict {
    Verdict {
        status: None,
        disposition,
    }
}

fn park(reason: Reason, text: &str) -> Disposition {
    Disposition::Park {
        reason,
        text: text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Standing;

    /// The dispositions without their texts and waits.
    #[derive(Debug, PartialEq)]
    enum Kind {
        Ack,
        Retry,
        Park,
        Leave,
    }

    fn kind(disposition: &Disposition) -> Kind {
        match disposition {
            Disposition::Ack => Kind::Ack,
            Disposition::Retry { .. } => Kind::Retry,
            Disposition::Park { .. } => Kind::Park,
            Disposition::Leave => Kind::Leave,
        }
    }

    fn check(outcome: &Outcome, attempt: u32, on_failed: OnFailed, status: Option<Status>, expected: Kind) {
        let policy = QueuePolicy {
            max_attempts: 3,
            on_failed,
            ..QueuePolicy::default()
        };
        let verdict = judge(outcome, Attempt::new(attempt), &policy);
        assert_eq!(
            (verdict.status, kind(&verdict.disposition)),
            (status, expected),
            "{outcome:?} at attempt {attempt}"
        );
    }

    #[test]
    fn each_outcome_has_its_status_and_disposition() {
        use OnFailed::{Ack, Park};
        use Status::{Blocked, Cancelled, Done, Failed};
        let ended = Outcome::Ended;

        check(&Outcome::Done(vec![]), 1, Ack, Some(Done), Kind::Ack);
        check(&Outcome::Done(vec![]), 1, Park, Some(Done), Kind::Ack);
        check(&ended(Ending::Blocked("no".into())), 1, Ack, Some(Blocked), Kind::Retry);
        check(
            &ended(Ending::Blocked("no".into())),
            2,
            Park,
            Some(Blocked),
            Kind::Retry,
        );
        check(&ended(Ending::Blocked("no".into())), 3, Ack, Some(Failed), Kind::Park);
        check(&ended(Ending::Blocked("no".into())), 9, Ack, Some(Failed), Kind::Park);
        check(&ended(Ending::HostFault("no".into())), 1, Ack, None, Kind::Retry);
        check(&ended(Ending::HostFault("no".into())), 3, Ack, Some(Failed), Kind::Park);
        check(&ended(Ending::Cancelled), 1, Park, Some(Cancelled), Kind::Ack);
        check(&ended(Ending::Interrupted), 3, Park, None, Kind::Leave);
        check(&ended(Ending::Skipped(Standing::Unknown)), 1, Park, None, Kind::Ack);
        check(
            &ended(Ending::refused(Reason::Undecodable, "no")),
            1,
            Ack,
            None,
            Kind::Park,
        );
        check(
            &ended(Ending::refused(Reason::UnknownRunner, "no")),
            1,
            Ack,
            None,
            Kind::Park,
        );
    }

    #[test]
    fn every_permanent_failure_is_treated_alike() {
        let permanent = [
            Reason::GuestFailed,
            Reason::GuestTrap,
            Reason::Timeout,
            Reason::MemoryLimit,
            Reason::ArtifactLimit,
            Reason::ArtifactRefused,
            Reason::InvalidComponent,
            Reason::UnsafeRequest,
        ];
        for reason in permanent {
            let outcome = Outcome::Ended(Ending::failed(reason, "text"));
            check(&outcome, 1, OnFailed::Ack, Some(Status::Failed), Kind::Ack);
            check(&outcome, 1, OnFailed::Park, Some(Status::Failed), Kind::Park);
        }
    }

    #[test]
    fn a_retry_waits_the_step_of_its_attempt_and_carries_the_next_number() {
        let verdict = judge(
            &Outcome::Ended(Ending::Blocked("no".into())),
            Attempt::new(2),
            &QueuePolicy::default(),
        );
        let expected = Disposition::Retry {
            delay: Duration::from_secs(60),
            attempt: Attempt::new(3),
        };
        assert_eq!(verdict.disposition, expected);
    }
}
