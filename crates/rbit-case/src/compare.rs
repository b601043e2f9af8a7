//! Where a run differs from what is expected, in words.

mod artifacts;
mod difference;
mod log;
mod requests;
mod text;

use std::{io, path::Path};

pub(crate) use artifacts::digest;
pub use artifacts::same_artifacts;
pub(crate) use requests::compare as differing_requests;

use crate::{Observed, case::Expect};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What differs: `outcome`, `artifact a.txt: text`, `request GET http://a/`.
    pub what: String,
    /// How, in one line or several.
    pub how: String,
}

impl Mismatch {
    /// A difference.
    pub fn new(what: impl Into<String>, how: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            how: how.into(),
        }
    }
}

/// Reads the file of an expectation.
pub type ReadFile<'a> = &'a dyn Fn(&Path) -> io::Result<Vec<u8>>;

/// Every difference, in the order of the documentation.
pub fn compare(expect: &Expect, observed: &Observed, read: ReadFile<'_>) -> Vec<Mismatch> {
    let mut all = outcome(expect, observed);
    all.extend(text::compare("text", &expect.text, &observed.text));
    all.extend(artifacts::compare(&expect.artifacts, &observed.artifacts, read));
    all.extend(requests::compare(expect.requests.as_deref(), &observed.requests));
    all.extend(log::compare(expect, observed));
    all
}

fn outcome(expect: &Expect, observed: &Observed) -> Vec<Mismatch> {
    let (kind, reason) = (observed.kind(), observed.reason);
    let said = match observed.text.as_str() {
        "" => String::new(),
        text => format!(": {text}"),
    };
    let kind = (kind != expect.outcome)
        .then(|| Mismatch::new("outcome", format!("expected {}, found {kind}{said}", expect.outcome)));
    let wanted = expect.reason.filter(|wanted| *wanted != reason);
    let reason = wanted.map(|wanted| Mismatch::new("reason", format!("expected {wanted}, found {reason}")));
    kind.into_iter().chain(reason).collect()
}

#[cfg(test)]
mod tests;
