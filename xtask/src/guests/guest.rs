//! Which guests there are.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use super::text::TextGuest;
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
    let fixtures = program::project_folder().join("tests/fixtures");
    let mut guests = vec![];
    for folder in crates_in(&examples)? {
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

/// Those of these names; all if there are none. A name that neither these have nor `others` is an error.
pub(crate) fn select(all: Vec<Guest>, others: &[TextGuest], names: &[String]) -> anyhow::Result<Vec<Guest>> {
    let mut known: Vec<_> = all.iter().map(|guest| guest.name.as_str()).collect();
    known.extend(others.iter().map(|guest| guest.name.as_str()));
    if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
        bail!("there is no guest `{unknown}`; there are {}", known.join(", "));
    }
    Ok(all
        .into_iter()
        .filter(|guest| names.is_empty() || names.contains(&guest.name))
        .collect())
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

    fn guest(name: &str) -> Guest {
        Guest {
            name: name.into(),
            folder: PathBuf::new(),
            workspace: PathBuf::new(),
        }
    }

    fn spins() -> TextGuest {
        TextGuest {
            name: "spins".into(),
            file: PathBuf::new(),
        }
    }

    fn selected(names: &[&str]) -> anyhow::Result<Vec<String>> {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let guests = select(vec![guest("exits"), guest("traps")], &[spins()], &names)?;
        Ok(guests.into_iter().map(|guest| guest.name).collect())
    }

    #[test]
    fn no_name_selects_all_and_a_name_selects_its_own() {
        assert_eq!(selected(&[]).unwrap(), ["exits", "traps"]);
        assert_eq!(selected(&["traps"]).unwrap(), ["traps"]);
        assert_eq!(selected(&["spins"]).unwrap(), [""; 0]);
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = selected(&["traps", "trap"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no guest `trap`; there are exits, traps, spins"
        );
    }

    #[test]
    fn the_first_example_and_the_fixtures_are_found() {
        let names: Vec<_> = all().unwrap().into_iter().map(|guest| guest.name).collect();
        assert!(
            names.contains(&"rust-hello".to_owned()) && names.contains(&"traps".to_owned()),
            "{names:?}"
        );
    }
}
