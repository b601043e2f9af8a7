//! What a file is to be.

use serde::{Deserialize, Serialize};

/// What a file is to be. The same file may be both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A component that exports `run` of `rbit:runner`, or a core module that is made one.
    #[default]
    Runner,
    /// A program with an exit code: a core module with `_start`, or a component that exports `wasi:cli/run`.
    Command,
}

impl Kind {
    /// What is told apart by it: the folder of artifacts holds both.
    pub(crate) fn marked(self, engine: String) -> String {
        match self {
            Self::Runner => engine,
            Self::Command => format!("{engine}-command"),
        }
    }
}
