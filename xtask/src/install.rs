//! `cargo xtask install`: the program and what runs Python, to where a machine has its programs.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::{guests, program};

/// Builds both, and brings them below a folder. The program finds the other from there by itself.
pub(crate) fn install(prefix: &Path, is_debug: bool) -> anyhow::Result<()> {
    let guests = guests::build(&["python".to_owned()])?;
    let rbit = match is_debug {
        true => program::build()?,
        false => program::build_release()?,
    };
    for piece in pieces(rbit, &guests) {
        let place = prefix.join(piece.place);
        bring(&piece.file, &place, piece.mode)?;
        println!("{}", place.display());
    }
    Ok(())
}

/// A file to be installed.
struct Piece {
    file: PathBuf,
    /// Below the folder.
    place: &'static str,
    mode: u32,
}

fn pieces(rbit: PathBuf, guests: &Path) -> [Piece; 2] {
    // The component first: a program that is there finds it.
    [
        Piece {
            file: guests.join("python.wasm"),
            place: "share/rbit/python.wasm",
            mode: 0o644,
        },
        Piece {
            file: rbit,
            place: "bin/rbit",
            mode: 0o755,
        },
    ]
}

/// Brings a file to its place in one step: a box may be running what was there.
fn bring(file: &Path, place: &Path, mode: u32) -> anyhow::Result<()> {
    let folder = place.parent().context("it has no folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let draft = place.with_extension("new");
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
        let rbit = dir.path().join("rbit");
        for content in ["old", "new"] {
            fs::write(&rbit, content).unwrap();
            for piece in pieces(rbit.clone(), &guests) {
                bring(&piece.file, &prefix.join(piece.place), piece.mode).unwrap();
            }
            assert_eq!(fs::read_to_string(prefix.join("bin/rbit")).unwrap(), content);
        }
        let mode = |place: &str| fs::metadata(prefix.join(place)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("bin/rbit"), mode("share/rbit/python.wasm")), (0o755, 0o644));
        assert_eq!(fs::read_dir(prefix.join("bin")).unwrap().count(), 1);
    }
}
