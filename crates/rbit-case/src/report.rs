//! Results of cases, for people and for machines.

mod json;
mod junit;
mod text;

use std::{path::PathBuf, time::Duration};

pub use json::as_json;
pub use junit::as_junit;
pub use text::as_text;

use crate::{Mismatch, Printed};

/// How a case went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseResult {
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: PathBuf,
    /// What is said of it.
    pub verdict: Verdict,
    /// What its guest printed in the run that is told of.
    pub log: Vec<Printed>,
    /// How long all of its runs took.
    pub duration: Duration,
}

/// What is said of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// What came of it is what it says.
    Passed,
    /// It says now what came of it.
    Updated,
    /// Something else came of it.
    Failed(Vec<Mismatch>),
    /// It could not be run: it cannot be read, or what it needs is not there.
    Broken(String),
    /// It was stopped, or not begun, by Ctrl+C.
    Stopped,
}

impl Verdict {
    /// The word for it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Updated => "updated",
            Self::Failed(_) => "failed",
            Self::Broken(_) => "broken",
            Self::Stopped => "stopped",
        }
    }

    /// Whether nothing is to be done about it.
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Passed | Self::Updated)
    }
}

#[cfg(test)]
mod tests;
