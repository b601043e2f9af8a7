//! What is wrong with a case.

use std::path::PathBuf;

/// Why a case cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaseError {
    /// It is no TOML, or has a key or a value that no case has.
    #[error("`{}` cannot be read: {text}", path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// Where, and what is wrong.
        text: String,
    },
    /// Something that a case must have is neither here nor in the suite.
    #[error("`{key}` is missing, and no `suite.toml` has it")]
    Missing {
        /// The key.
        key: &'static str,
    },
    /// A value that cannot be used.
    #[error("`{key}` cannot be used: {why}")]
    Value {
        /// The key.
        key: String,
        /// What is wrong with it.
        why: String,
    },
}

/// A value that cannot be used.
pub(super) fn wrong(key: &str, why: &str) -> CaseError {
    CaseError::Value {
        key: key.to_owned(),
        why: why.to_owned(),
    }
}
