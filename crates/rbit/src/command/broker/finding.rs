//! One thing that is to be known about the broker.

use serde::Serialize;

/// What was found, why it matters, and what can be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) weight: Weight,
    /// What it is about: a kind of thing and its name.
    pub(super) object: String,
    pub(super) found: String,
    pub(super) why: String,
    /// Commands, or words where no command helps; one of them a line.
    pub(super) remedy: Vec<String>,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Weight {
    /// Something does not work, or jobs can be lost.
    Problem,
    /// Good to know.
    Note,
}

impl Finding {
    pub(super) fn problem(object: impl Into<String>, found: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            weight: Weight::Problem,
            object: object.into(),
            found: found.into(),
            why: why.into(),
            remedy: Vec::new(),
        }
    }

    pub(super) fn note(object: impl Into<String>, found: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            weight: Weight::Note,
            ..Self::problem(object, found, why)
        }
    }

    /// The same with a line of what to do.
    pub(super) fn remedy(mut self, line: impl Into<String>) -> Self {
        self.remedy.push(line.into());
        self
    }
}
