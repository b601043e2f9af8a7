//! What the program's exit status says.

use std::process::ExitCode;

use rbit_job::OutcomeKind;

/// An exit status. The numbers are part of the program's face: scripts and service managers rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Code {
    /// Everything that was asked for was done. A job that failed is not an error of the program.
    Success = 0,
    /// It could not be done, for the reason on stderr.
    Failure = 1,
    /// The arguments make no sense. The number is clap's.
    Usage = 2,
    /// `rbit exec`: the guest said that it failed.
    Failed = 10,
    /// The guest trapped, panicked or exited.
    Trap = 11,
    /// The guest met a limit.
    Limit = 12,
    /// The guest named a file that cannot be delivered.
    ArtifactRefused = 13,
    /// The module is no runner.
    InvalidModule = 14,
    /// `rbit test`: a case did not end as it says.
    CasesFailed = 20,
    /// `rbit test`: there is no case.
    NoCase = 21,
    /// The request cannot be used. `EX_DATAERR` of sysexits.
    BadRequest = 65,
    /// Something that must be there could not be reached; later it may. `EX_UNAVAILABLE` of sysexits.
    Unavailable = 69,
    /// This machine could not do its part of a job. `EX_OSERR` of sysexits.
    HostFault = 71,
    /// The guest said that something is not there yet. `EX_TEMPFAIL` of sysexits.
    Blocked = 75,
    /// The guest asked for what it was not granted. `EX_NOPERM` of sysexits.
    Denied = 77,
    /// The configuration has problems, which are listed on stderr. `EX_CONFIG` of sysexits: starting again will not help, and
    /// `RestartPreventExitStatus=78` tells systemd so.
    Config = 78,
    /// The guest's time was over. The number is that of `timeout(1)`.
    Timeout = 124,
    /// It was stopped by Ctrl+C or SIGTERM. What shells say of a program that SIGINT ended.
    Cancelled = 130,
}

impl Code {
    /// Every code with what it means, for `--help` and the manual.
    pub const ALL: [(Self, &'static str); 18] = [
        (Self::Success, "done"),
        (Self::Failure, "it could not be done"),
        (Self::Usage, "the arguments make no sense"),
        (Self::Failed, "`exec`: the guest failed"),
        (Self::Trap, "`exec`: the guest trapped, panicked or exited"),
        (Self::Limit, "`exec`: the guest met a limit"),
        (
            Self::ArtifactRefused,
            "`exec`: a file that it named cannot be delivered",
        ),
        (Self::InvalidModule, "`exec`: the module is no runner"),
        (Self::CasesFailed, "`test`: a case did not end as it says"),
        (Self::NoCase, "`test`: there is no case"),
        (Self::BadRequest, "`exec`: the request cannot be used"),
        (
            Self::Unavailable,
            "broker, queue, journal or running box cannot be reached, or another rbit has the state folder",
        ),
        (Self::HostFault, "`exec`: this machine could not do its part"),
        (Self::Blocked, "`exec`: the guest is blocked"),
        (Self::Denied, "`exec`: the guest asked for what it was not granted"),
        (Self::Config, "the configuration has problems"),
        (Self::Timeout, "`exec`: the guest's time was over"),
        (Self::Cancelled, "`exec`, `test`: stopped by Ctrl+C or SIGTERM"),
    ];

    /// What `rbit exec` ends with after a job of this kind.
    pub fn of_outcome(kind: OutcomeKind) -> Self {
        match kind {
            OutcomeKind::Done => Self::Success,
            OutcomeKind::Failed => Self::Failed,
            OutcomeKind::Blocked => Self::Blocked,
            OutcomeKind::Trap => Self::Trap,
            OutcomeKind::Timeout => Self::Timeout,
            OutcomeKind::Limit => Self::Limit,
            OutcomeKind::Denied => Self::Denied,
            OutcomeKind::ArtifactRefused => Self::ArtifactRefused,
            OutcomeKind::InvalidModule => Self::InvalidModule,
            OutcomeKind::BadRequest => Self::BadRequest,
            OutcomeKind::Cancelled => Self::Cancelled,
            OutcomeKind::HostFault => Self::HostFault,
        }
    }
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_never_change() {
        assert_eq!(
            Code::ALL.map(|(code, _)| code as u8),
            [0, 1, 2, 10, 11, 12, 13, 14, 20, 21, 65, 69, 71, 75, 77, 78, 124, 130]
        );
    }

    #[test]
    fn each_kind_of_outcome_has_a_status_of_its_own() {
        let codes: std::collections::BTreeSet<_> = OutcomeKind::ALL.map(|kind| Code::of_outcome(kind) as u8).into();
        assert_eq!(codes.len(), OutcomeKind::ALL.len());
    }

    #[test]
    fn help_lists_every_code() {
        for (code, meaning) in Code::ALL {
            let line = format!("{:>4}  {meaning}", code as u8);
            assert!(crate::args::HELP.contains(&line), "{line}");
        }
    }
}
