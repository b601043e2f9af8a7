//! A file that a job delivered.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A regular file that was copied out of a guest's output folder into the runner's `output-dir`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Its name below the output folder, `/` between components, as the guest called it.
    pub name: String,
    /// Where it lies now: an absolute path of the host.
    pub path: PathBuf,
    /// Its length in bytes.
    pub size: u64,
    /// SHA-256 of its content, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

impl Artifact {
    /// The same under other words: where its name must not be told.
    #[must_use]
    pub fn in_words(self, change: impl Fn(&str) -> String) -> Self {
        let path = self.path.to_string_lossy();
        let changed = change(&path);
        Self {
            name: change(&self.name),
            path: if changed == path { self.path } else { changed.into() },
            ..self
        }
    }
}
