//! What came of a run.

use rbit_job::{OutcomeKind, Reason};

/// What came of a run, as far as a case can expect it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Why it ended as it did.
    pub reason: Reason,
    /// The text of the outcome.
    pub text: String,
    /// The files that were delivered.
    pub artifacts: Vec<Delivered>,
    /// The requests that were made.
    pub requests: Vec<Requested>,
    /// What was printed.
    pub lines: Vec<Printed>,
}

/// A delivered file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// Its name below the output folder.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requested {
    /// Its method.
    pub method: String,
    /// Its URL, as far as it is known.
    pub url: String,
    /// Whether a rule was against it.
    pub is_refused: bool,
    /// Whether it was allowed, and no answer was for it.
    pub is_unanswered: bool,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// Whether on standard error.
    pub is_stderr: bool,
    /// What it says.
    pub line: String,
}

impl Observed {
    /// The kind of the outcome.
    pub fn kind(&self) -> OutcomeKind {
        self.reason.kind()
    }

    /// All that was printed to one stream, each line with its end.
    pub fn stream(&self, is_stderr: bool) -> String {
        let lines = self.lines.iter().filter(|line| line.is_stderr == is_stderr);
        lines.map(|line| format!("{}\n", line.line)).collect()
    }
}
