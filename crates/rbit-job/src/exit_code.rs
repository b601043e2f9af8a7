//! What the exit code of a command means: the one table for `shell!` and `native!`.
//!
//! | exit code | the job is |
//! |---|---|
//! | 0 | done; every regular file below `/output` is delivered |
//! | 75 (`EX_TEMPFAIL` of `sysexits.h`) | blocked: tried again later |
//! | any other | failed, with the code and the end of what the command wrote to stderr, or to stdout where that is nothing |
//! | none: a signal or a trap | failed, as a guest that trapped |

use crate::{Ending, Reason};

/// The command says that another try may succeed.
pub const TRY_AGAIN: i32 = 75;

/// What a command printed last, each on one line; empty if it printed nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastWords {
    /// The end of its stderr.
    pub stderr: String,
    /// The end of its stdout: some tools, such as LaTeX, complain there.
    pub stdout: String,
}

/// The ending that follows from an exit code; none if the command is done.
///
/// ```
/// use rbit_job::exit_code::{self, LastWords};
/// assert!(exit_code::ending(0, &LastWords::default()).is_none());
/// ```
pub fn ending(code: i32, last_words: &LastWords) -> Option<Ending> {
    let text = said(code, last_words);
    match code {
        0 => None,
        TRY_AGAIN => Some(Ending::Blocked(text)),
        _ => Some(Ending::failed(Reason::GuestFailed, text)),
    }
}

/// The exit code and what was said before it.
pub fn said(code: i32, last_words: &LastWords) -> String {
    match (last_words.stderr.as_str(), last_words.stdout.as_str()) {
        ("", "") => format!("exit code {code}, and nothing on stderr"),
        ("", words) => format!("exit code {code}, and nothing on stderr; stdout: {words}"),
        (words, _) => format!("exit code {code}: {words}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_one_meaning() {
        let reason = |code| ending(code, &LastWords::default()).map_or(Reason::Done, |ending| ending.reason());
        assert_eq!(reason(0), Reason::Done);
        assert_eq!(reason(75), Reason::GuestBlocked);
        for code in [
            1,
            2,
            10,
            20,
            74,
            76,
            125,
            126,
            127,
            128,
            137,
            255,
            256,
            -1,
            i32::MIN,
            i32::MAX,
        ] {
            assert_eq!(reason(code), Reason::GuestFailed, "{code}");
        }
    }

    #[test]
    fn the_text_has_the_code_and_the_last_words() {
        let words = |stderr: &str, stdout: &str| LastWords {
            stderr: stderr.into(),
            stdout: stdout.into(),
        };
        let text = |stderr, stdout| ending(20, &words(stderr, stdout)).unwrap().to_string();
        assert_eq!(text("unsat", ""), "exit code 20: unsat");
        assert_eq!(text("unsat", "s UNSATISFIABLE"), "exit code 20: unsat");
        assert_eq!(
            text("", "! Emergency stop."),
            "exit code 20, and nothing on stderr; stdout: ! Emergency stop."
        );
        assert_eq!(text("", ""), "exit code 20, and nothing on stderr");
        assert_eq!(
            ending(75, &words("no disk", "")).unwrap(),
            Ending::Blocked("exit code 75: no disk".into())
        );
    }
}
