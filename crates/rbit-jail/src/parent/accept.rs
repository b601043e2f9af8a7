//! What of a child's word about an ending is taken.

use std::time::Duration;

use rbit_job::{Ending, Limits, Reason, Usage, port::StopCause};
use rbit_sandbox::{MAX_REASON, printable};

use crate::wire::{Done, Violation};

/// What we know of a job ourselves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// What it was told to stop for.
    pub(super) stopped: Option<StopCause>,
    /// How long it ran, as far as we can tell.
    pub(super) wall: Duration,
    /// What it was allowed.
    pub(super) limits: Limits,
}

/// The ending as it is reported, or why the child cannot be believed.
pub(super) fn accept(done: Done, known: Known) -> Result<Done, Violation> {
    let Known { stopped, wall, limits } = known;
    let usage = Usage {
        wall: done.usage.wall.min(wall),
        // A guest has one thread.
        cpu: done.usage.cpu.min(wall),
        limits: done.usage.limits.map(|_| limits),
        ..done.usage
    };
    let result = match done.result {
        Ok(names) => Ok(names),
        Err(ending) => Err(ending_of_guest(ending, stopped)?),
    };
    Ok(Done { result, usage })
}

fn ending_of_guest(ending: Ending, stopped: Option<StopCause>) -> Result<Ending, Violation> {
    let clean = |text: &str| printable(text, MAX_REASON);
    match ending {
        Ending::Failed { reason, text } if is_of_guest(reason) => Ok(Ending::failed(reason, clean(&text))),
        Ending::Blocked(text) => Ok(Ending::Blocked(clean(&text))),
        Ending::HostFault(text) => Ok(Ending::HostFault(clean(&text))),
        Ending::Cancelled if stopped == Some(StopCause::Cancel) => Ok(ending),
        Ending::Interrupted if stopped == Some(StopCause::Drain) => Ok(ending),
        other => Err(Violation::Ending(other.reason().as_str().to_owned())),
    }
}

/// Whether it is a failure that a sandbox can tell of. The others are decided by those who would not believe a guest.
fn is_of_guest(reason: Reason) -> bool {
    !matches!(
        reason,
        Reason::Done
            | Reason::GuestBlocked
            | Reason::ArtifactRefused
            | Reason::UnsafeRequest
            | Reason::Cancelled
            | Reason::Interrupted
            | Reason::Skipped
            | Reason::Undecodable
            | Reason::UnknownRunner
            | Reason::HostFault
    )
}

#[cfg(test)]
mod tests {
    use rbit_job::Standing;

    use super::*;

    fn accepted(ending: Ending, stopped: Option<StopCause>) -> Result<Ending, Violation> {
        let done = Done {
            result: Err(ending),
            usage: Usage::default(),
        };
        accept(done, known(stopped)).map(|done| done.result.unwrap_err())
    }

    fn known(stopped: Option<StopCause>) -> Known {
        Known {
            stopped,
            wall: Duration::from_secs(1),
            limits: Limits::default(),
        }
    }

    #[test]
    fn endings_that_a_guest_can_have_are_taken_with_clean_texts() {
        for (said, taken) in [
            (
                Ending::failed(Reason::GuestTrap, "a\nb\u{1b}[2J"),
                Ending::failed(Reason::GuestTrap, r"a\nb\u{1b}[2J"),
            ),
            (Ending::Blocked("later\r".into()), Ending::Blocked(r"later\r".into())),
            (
                Ending::HostFault("no\u{202e}".into()),
                Ending::HostFault(r"no\u{202e}".into()),
            ),
        ] {
            assert_eq!(accepted(said, None), Ok(taken));
        }
        let long = accepted(Ending::Blocked("x".repeat(1 << 20)), None)
            .unwrap()
            .to_string();
        assert!(long.len() < MAX_REASON + 10);
    }

    #[test]
    fn endings_of_its_own_making_are_a_violation() {
        for ending in [
            Ending::Skipped(Standing::Unknown),
            Ending::refused(Reason::Undecodable, ""),
            Ending::failed(Reason::Done, ""),
            Ending::failed(Reason::HostFault, ""),
            Ending::failed(Reason::UnknownRunner, ""),
            Ending::Cancelled,
            Ending::Interrupted,
        ] {
            assert!(matches!(accepted(ending, None), Err(Violation::Ending(_))));
        }
    }

    #[test]
    fn only_a_job_that_was_stopped_can_have_been_and_for_that_cause() {
        assert_eq!(
            accepted(Ending::Cancelled, Some(StopCause::Cancel)),
            Ok(Ending::Cancelled)
        );
        assert_eq!(
            accepted(Ending::Interrupted, Some(StopCause::Drain)),
            Ok(Ending::Interrupted)
        );
        assert!(accepted(Ending::Cancelled, Some(StopCause::Drain)).is_err());
    }

    #[test]
    fn a_job_did_not_run_for_longer_than_we_waited_and_was_allowed_what_we_allowed() {
        let done = Done {
            result: Ok(vec![]),
            usage: Usage {
                wall: Duration::MAX,
                cpu: Duration::MAX,
                limits: Some(Limits {
                    memory: u64::MAX,
                    ..Limits::default()
                }),
                ..Usage::default()
            },
        };
        let usage = accept(done, known(None)).unwrap().usage;
        let wall = Duration::from_secs(1);
        assert_eq!(
            (usage.wall, usage.cpu, usage.limits),
            (wall, wall, Some(Limits::default()))
        );
    }
}
