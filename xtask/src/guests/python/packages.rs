//! Python packages that tests import as an author's runner would: unmodified, from a folder on its module path.

use std::{fs, path::Path};

use anyhow::Context as _;

use super::kit;

/// Brings them to the folder `python-packages`, unless they are there.
pub(crate) fn fetch(guests: &Path) -> anyhow::Result<()> {
    let (folder, mark) = (guests.join("python-packages"), guests.join("python-packages.txt"));
    let wanted = PACKAGES.join("\n");
    if folder.is_dir() && fs::read_to_string(&mark).is_ok_and(|mark| mark == wanted) {
        return Ok(());
    }
    println!("guests: fetching {} for tests", PACKAGES.join(", "));
    if folder.is_dir() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove `{}`", folder.display()))?;
    }
    kit::collect_libraries(&PACKAGES, &folder)?;
    fs::write(&mark, wanted).with_context(|| format!("cannot write `{}`", mark.display()))
}

const PACKAGES: [&str; 5] = [
    "requests==2.34.2",
    "urllib3==2.8.0",
    "idna==3.20",
    "certifi==2026.10.19.post1",
    "charset-normalizer==3.5.2",
];
