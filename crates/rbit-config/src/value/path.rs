//! Paths of the host.

use std::path::{Path, PathBuf};

use crate::problem::Wrong;

/// Any path but the empty one.
pub(crate) fn parse(text: &str) -> Result<String, Wrong> {
    if text.is_empty() {
        return Err(Wrong::new(
            "no path is given",
            "a path; a relative one begins at the folder of the INI file",
        ));
    }
    Ok(text.to_owned())
}

/// The path as seen from the folder of the INI file.
pub(crate) fn from_folder(folder: &Path, path: &str) -> PathBuf {
    let path = path.strip_prefix("./").unwrap_or(path);
    folder.join(path)
}
