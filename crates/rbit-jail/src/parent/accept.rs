//! What of a child's word about an ending is taken.

use std::time::Duration;

use rbit_job::{Ending, Reason, Usage, port::StopCause};
use rbit_sandbox::{MAX_REASON, printable};

use crate::wire::{Done, Violation};

/// The ending as it is reported, or why the child cannot be believed. `stopped` is what the job was told to stop for, `wall` how long
/// it ran as far as we can tell.
pub(super) fn accept(done: Done, stopped: Option<StopCause>, wall: Duration) -> Result<Done, Violation> {
    let usage = Usage {
        wall: done.usage.wall.min(wall),
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
        accept(done, stopped, Duration::ZERO).map(|done| done.result.unwrap_err())
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
    fn a_job_did_not_run_for_longer_than_we_waited() {
        let done = Done {
            result: Ok(vec![]),
            usage: Usage {
                wall: Duration::MAX,
                ..Usage::default()
            },
        };
        let taken = accept(done, None, Duration::from_secs(1)).unwrap();
        assert_eq!(taken.usage.wall, Duration::from_secs(1));
    }
}
