//! What the program's exit status says.

use std::process::ExitCode;

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
    /// Something that must be there could not be reached; later it may. `EX_UNAVAILABLE` of sysexits.
    Unavailable = 69,
    /// The configuration has problems, which are listed on stderr. `EX_CONFIG` of sysexits: starting again will not help, and
    /// `RestartPreventExitStatus=78` tells systemd so.
    Config = 78,
}

impl Code {
    /// Every code with what it means, for `--help` and the manual.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Success, "done"),
        (Self::Failure, "it could not be done"),
        (Self::Usage, "the arguments make no sense"),
        (
            Self::Unavailable,
            "broker, queue, journal or running box cannot be reached, or another rbit has the state folder",
        ),
        (Self::Config, "the configuration has problems"),
    ];
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
        assert_eq!(Code::ALL.map(|(code, _)| code as u8), [0, 1, 2, 69, 78]);
    }

    #[test]
    fn help_lists_every_code() {
        for (code, meaning) in Code::ALL {
            let line = format!("{:>4}  {meaning}", code as u8);
            assert!(crate::args::HELP.contains(&line), "{line}");
        }
    }
}
