//! A folder of a guest that the configuration chose.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::plan::{GUEST_OUTPUT, GUEST_WORK};

/// An absolute path of a guest at which a read-only folder may lie: where a program looks for its data, such as `/fonts`.
///
/// ```
/// use rbit_job::GuestPath;
/// assert!(GuestPath::new("/usr/share/fonts").is_ok());
/// assert!(GuestPath::new("/output/fonts").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GuestPath(String);

/// A path at which no folder may lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidGuestPath {
    /// It does not begin with `/`, or is `/` alone.
    #[error("it is no absolute path of a folder")]
    NotAbsolute,
    /// It has an empty component, `.` or `..`.
    #[error("a component of it is empty, `.` or `..`")]
    NotPlain,
    /// It has a control character or is too long.
    #[error("it has control characters, or is longer than 200 bytes")]
    NoText,
    /// It is one of the folders that every guest has, or lies in one.
    #[error("`/work`, `/output` and `/mnt` are taken")]
    Taken,
}

impl GuestPath {
    /// Checks the text.
    pub fn new(path: impl Into<String>) -> Result<Self, InvalidGuestPath> {
        let path = path.into();
        if path.len() > 200 || path.contains(char::is_control) {
            return Err(InvalidGuestPath::NoText);
        }
        let relative = path.strip_prefix('/').filter(|relative| !relative.is_empty());
        let relative = relative.ok_or(InvalidGuestPath::NotAbsolute)?;
        if relative.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(InvalidGuestPath::NotPlain);
        }
        let first = relative.split('/').next().unwrap_or_default();
        let is_taken = TAKEN.iter().any(|taken| taken.strip_prefix('/') == Some(first));
        if is_taken {
            return Err(InvalidGuestPath::Taken);
        }
        Ok(Self(path))
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for GuestPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for GuestPath {
    type Error = InvalidGuestPath;

    fn try_from(path: String) -> Result<Self, InvalidGuestPath> {
        Self::new(path)
    }
}

impl From<GuestPath> for String {
    fn from(path: GuestPath) -> Self {
        path.0
    }
}

/// Folders that every guest has.
const TAKEN: [&str; 3] = [GUEST_WORK, GUEST_OUTPUT, "/mnt"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_absolute_path_outside_of_the_guests_own_folders_is_taken() {
        for path in ["/fonts", "/usr/share/a b", "/workshop", "/mnts", "/.config"] {
            assert_eq!(GuestPath::new(path).unwrap().as_str(), path);
        }
    }

    #[test]
    fn each_path_that_leads_elsewhere_is_refused_for_its_reason() {
        use InvalidGuestPath::{NoText, NotAbsolute, NotPlain, Taken};
        for (path, why) in [
            ("", NotAbsolute),
            ("/", NotAbsolute),
            ("fonts", NotAbsolute),
            ("/fonts/", NotPlain),
            ("//fonts", NotPlain),
            ("/a/../output", NotPlain),
            ("/./work", NotPlain),
            ("/work", Taken),
            ("/output/x", Taken),
            ("/mnt", Taken),
            ("/a\nb", NoText),
        ] {
            assert_eq!(GuestPath::new(path), Err(why), "{path:?}");
        }
        assert_eq!(GuestPath::new(format!("/{}", "a".repeat(200))), Err(NoText));
    }
}
