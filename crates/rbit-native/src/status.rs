//! What bubblewrap says while it runs: one JSON object a line.

use serde::Deserialize;

/// What was said by now. Only the first word of each kind counts: it is said before the program runs, or when it has ended.
#[derive(Debug, Default)]
pub(crate) struct Status {
    /// What has no line end yet.
    pending: Vec<u8>,
    /// Bytes in all.
    heard: usize,
    /// The first process of the namespace.
    pub(crate) first_process: Option<i32>,
    /// With what the program left: its exit code, or 128 and the signal that ended it. None if it was not run.
    pub(crate) exit_code: Option<i32>,
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "child-pid")]
    child_pid: Option<i32>,
    #[serde(rename = "exit-code")]
    exit_code: Option<i32>,
}

impl Status {
    /// Takes bytes as they come. Whatever is no such line, or too much, is passed over: a program that takes its first process over may
    /// say what it likes here, which is no more than what it may leave with.
    pub(crate) fn hear(&mut self, bytes: &[u8]) {
        self.heard = self.heard.saturating_add(bytes.len());
        if self.heard > MOST {
            return;
        }
        self.pending.extend_from_slice(bytes);
        while let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.pending.drain(..=end).collect();
            if let Ok(line) = serde_json::from_slice::<Line>(&line) {
                self.first_process = self.first_process.or(line.child_pid);
                self.exit_code = self.exit_code.or(line.exit_code);
            }
        }
    }
}

/// Two lines of some two hundred bytes are said.
const MOST: usize = 16 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_understood_however_they_come() {
        let said = "{ \"child-pid\": 42, \"net-namespace\": 4026532182 }\n{ \"exit-code\": 3 }\n";
        for cut in 0..said.len() {
            let mut status = Status::default();
            status.hear(&said.as_bytes()[..cut]);
            status.hear(&said.as_bytes()[cut..]);
            assert_eq!((status.first_process, status.exit_code), (Some(42), Some(3)), "{cut}");
        }
    }

    #[test]
    fn nothing_that_is_said_later_changes_what_was_said() {
        let mut status = Status::default();
        status.hear(b"{\"child-pid\": 42}\nnonsense\n{\"child-pid\": 1}\n{\"exit-code\": 0}\n{\"exit-code\": 9}\n");
        assert_eq!((status.first_process, status.exit_code), (Some(42), Some(0)));
    }

    #[test]
    fn a_flood_is_not_kept() {
        let mut status = Status::default();
        for _ in 0..1000 {
            status.hear(&[b'x'; 1000]);
        }
        assert!(status.pending.len() <= MOST);
    }
}
