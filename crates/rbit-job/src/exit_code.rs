//! What the exit code of a command means: the one table for `shell!` and `native!`.
//!
//! | exit code | the job is |
//! |---|---|
//! | 0 | done; every regular file below `/output` is delivered |
//! | 75 (`EX_TEMPFAIL` of `sysexits.h`) | blocked: tried again later |
//! | any other | failed, with the code and the end of what the command wrote to stderr |
//! | none: a signal or a trap | failed, as a guest that trapped |

use crate::{Ending, Reason};

/// The command says that another try may succeed.
pub const TRY_AGAIN: i32 = 75;

/// The ending that follows from an exit code; none if the command is done. `last_words` is the end of its stderr on one line.
///
/// ```
/// use rbit_job::exit_code;
/// assert!(exit_code::ending(0, "").is_none());
/// ```
pub fn ending(code: i32, last_words: &str) -> Option<Ending> {
    let text = said(code, last_words);
    match code {
        0 => None,
        TRY_AGAIN => Some(Ending::Blocked(text)),
        _ => Some(Ending::failed(Reason::GuestFailed, text)),
    }
}

/// The exit code and what was said before it.
pub fn said(code: i32, last_words: &str) -> String {
    match last_words {
        "" => format!("exit code {code}, and nothing on stderr"),
        words => format!("exit code {code}: {words}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_one_meaning() {
        let reason = |code| ending(code, "words").map_or(Reason::Done, |ending| ending.reason());
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
        let text = |words| ending(20, words).unwrap().to_string();
        assert_eq!(text("unsat"), "exit code 20: unsat");
        assert_eq!(text(""), "exit code 20, and nothing on stderr");
        assert_eq!(
            ending(75, "no disk").unwrap(),
            Ending::Blocked("exit code 75: no disk".into())
        );
    }
}
