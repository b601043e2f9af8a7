//! Which guests there are.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::program;

/// A crate that is compiled to wasm. Its folder, its package and its result have one name.
#[derive(Clone, Debug)]
pub(crate) struct Guest {
    pub(crate) name: String,
    /// Where its sources are.
    pub(crate) folder: PathBuf,
    /// Where the `Cargo.lock` is that counts for it.
    pub(crate) workspace: PathBuf,
}

/// Every guest in Rust, sorted by name.
pub(crate) fn all() -> anyhow::Result<Vec<Guest>> {
    let examples = program::project_folder().join("guest-examples");
    let contract = program::project_folder().join("tests/contract/guests");
    let fixtures = program::project_folder().join("tests/fixtures");
    let mut guests = vec![];
    for folder in crates_in(&examples)?.into_iter().chain(crates_in(&contract)?) {
        guests.push(Guest {
            name: name_of(&folder),
            workspace: folder.clone(),
            folder,
        });
    }
    for folder in crates_in(&fixtures)? {
        guests.push(Guest {
            name: name_of(&folder),
            workspace: fixtures.clone(),
            folder,
        });
    }
    guests.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(guests)
}

fn crates_in(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))?;
    let mut crates = vec![];
    for entry in entries {
        let path = entry?.path();
        if path.join("Cargo.toml").is_file() {
            crates.push(path);
        }
    }
    Ok(crates)
}

fn name_of(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_example_and_the_fixtures_are_found() {
        let names: Vec<_> = all().unwrap().into_iter().map(|guest| guest.name).collect();
        assert!(
            names.contains(&"rust-hello".to_owned()) && names.contains(&"traps".to_owned()),
            "{names:?}"
        );
    }
}
