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
    /// Sources beside its own, but for those that all guests have.
    pub(crate) libraries: Vec<PathBuf>,
    /// Whether it takes so long to build that it is built only when it is asked for by its name.
    pub(crate) is_costly: bool,
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
            libraries: vec![],
            is_costly: false,
        });
    }
    for folder in crates_in(&fixtures)? {
        guests.push(Guest {
            name: name_of(&folder),
            workspace: fixtures.clone(),
            folder,
            libraries: vec![],
            is_costly: false,
        });
    }
    guests.extend(runners());
    guests.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(guests)
}

/// The runners that do real work, which share a library.
fn runners() -> [Guest; 2] {
    let folder = program::project_folder().join("runners");
    let runner = |name: &str, workspace: PathBuf| Guest {
        name: name.to_owned(),
        folder: folder.join(name),
        is_costly: workspace != folder,
        workspace,
        libraries: vec![
            folder.join("connexions"),
            folder.join("manuscript"),
            folder.join("Cargo.toml"),
        ],
    };
    [runner("epub", folder.clone()), runner("pdf", folder.join("pdf"))]
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
