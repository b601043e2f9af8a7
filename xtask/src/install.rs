//! `cargo xtask install`: the program and what runs Python, to where a machine has its programs.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::{guests, manual, program};

/// Builds both, and brings them below a folder, with their pages and documents. The program finds the other from there by itself.
pub(crate) fn install(prefix: &Path, is_debug: bool) -> anyhow::Result<()> {
    let guests = guests::build(&["python".to_owned()])?;
    let rbit = match is_debug {
        true => program::build()?,
        false => program::build_release()?,
    };
    let pages = tempfile::tempdir().context("cannot make a folder for manual pages")?;
    let manual = manual::write(&rbit, pages.path())?;
    let documents = documents(program::project_folder())?;
    for piece in pieces(rbit, &guests, manual, documents) {
        let place = prefix.join(&piece.place);
        bring(&piece.file, &place, piece.mode)?;
        println!("{}", place.display());
    }
    Ok(())
}

/// A file to be installed.
struct Piece {
    file: PathBuf,
    /// Below the folder.
    place: PathBuf,
    mode: u32,
}

impl Piece {
    fn new(file: PathBuf, place: impl Into<PathBuf>) -> Self {
        let (place, mode) = (place.into(), 0o644);
        Self { file, place, mode }
    }
}

fn pieces(rbit: PathBuf, guests: &Path, manual: Vec<PathBuf>, documents: Vec<PathBuf>) -> Vec<Piece> {
    // The component first: a program that is there finds it.
    let mut pieces = vec![Piece::new(guests.join("python.wasm"), "share/rbit/python.wasm")];
    pieces.push(Piece {
        mode: 0o755,
        ..Piece::new(rbit, "bin/rbit")
    });
    pieces.extend(manual.into_iter().map(|page| {
        let section = page.extension().unwrap_or_default().to_string_lossy().into_owned();
        let folder = format!("share/man/man{section}");
        below(page, &folder)
    }));
    pieces.extend(documents.into_iter().map(|document| below(document, "share/doc/rbit")));
    pieces
}

fn below(file: PathBuf, folder: &str) -> Piece {
    let place = Path::new(folder).join(file.file_name().unwrap_or_default());
    Piece::new(file, place)
}

/// What an operator reads: the documents, an INI file to begin with, and a unit.
fn documents(project: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let folder = project.join("docs");
    let listed = fs::read_dir(&folder).with_context(|| format!("cannot list `{}`", folder.display()))?;
    let mut files = listed
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.retain(|file| file.is_file());
    files.sort();
    files.extend(DOCUMENTS.map(|name| project.join(name)));
    Ok(files)
}

const DOCUMENTS: [&str; 5] = [
    "rbit.ini.example",
    "README.md",
    "CHANGELOG.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
];

/// Brings a file to its place in one step: a box may be running what was there.
fn bring(file: &Path, place: &Path, mode: u32) -> anyhow::Result<()> {
    let folder = place.parent().context("it has no folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let draft = place.with_added_extension("new");
    fs::copy(file, &draft)
        .and_then(|_| fs::set_permissions(&draft, fs::Permissions::from_mode(mode)))
        .and_then(|()| fs::rename(&draft, place))
        .with_context(|| format!("cannot bring `{}` to `{}`", file.display(), place.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_installed_can_be_used_by_all_and_replaces_what_was_there() {
        let dir = tempfile::tempdir().unwrap();
        let (guests, prefix) = (dir.path().join("guests"), dir.path().join("usr"));
        fs::create_dir(&guests).unwrap();
        fs::write(guests.join("python.wasm"), "component").unwrap();
        let (rbit, page) = (dir.path().join("rbit"), dir.path().join("rbit.ini.5"));
        for content in ["old", "new"] {
            for file in [&rbit, &page] {
                fs::write(file, content).unwrap();
            }
            for piece in pieces(rbit.clone(), &guests, vec![page.clone()], vec![]) {
                bring(&piece.file, &prefix.join(piece.place), piece.mode).unwrap();
            }
            for place in ["bin/rbit", "share/man/man5/rbit.ini.5"] {
                assert_eq!(fs::read_to_string(prefix.join(place)).unwrap(), content);
            }
        }
        let mode = |place: &str| fs::metadata(prefix.join(place)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("bin/rbit"), mode("share/rbit/python.wasm")), (0o755, 0o644));
        for folder in ["bin", "share/man/man5"] {
            assert_eq!(fs::read_dir(prefix.join(folder)).unwrap().count(), 1);
        }
    }

    #[test]
    fn documents_an_example_and_a_unit_are_among_what_is_installed() {
        let documents = documents(program::project_folder()).unwrap();
        for name in [
            "operations.md",
            "python.md",
            "rbit.ini.example",
            "rbit.service",
            "README.md",
        ] {
            let is_there = documents.iter().any(|file| file.ends_with(name) && file.is_file());
            assert!(is_there, "{name}: {documents:?}");
        }
    }
}
