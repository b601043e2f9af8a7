//! Guests that take half an hour to build: kept by what they are made of, and built only when somebody asks for them.
//!
//! `RBIT_GUEST_CACHE` may name a folder that survives this checkout, such as one that CI keeps.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use super::{digest::Digest, digest_file, guest::Guest, wasm_file};
use crate::program;

/// Takes those that are kept to their place, and leaves out those that nobody asked for. What remains is to be built.
pub(crate) fn settle<'a>(
    stale: Vec<(&'a Guest, Digest)>,
    names: &[String],
    folder: &Path,
) -> anyhow::Result<Vec<(&'a Guest, Digest)>> {
    let mut rest = vec![];
    for (guest, digest) in stale {
        if !guest.is_costly {
            rest.push((guest, digest));
        } else if is_fetched(guest, &digest, folder)? {
            println!("guests: {:14} is kept from an earlier build", guest.name);
        } else if names.contains(&guest.name) {
            println!("guests: {:14} takes half an hour the first time", guest.name);
            rest.push((guest, digest));
        } else {
            // What was made of other sources is of no use to a test.
            let _ = fs::remove_file(wasm_file(&guest.name, folder));
            println!(
                "guests: {0:14} is not built, as that takes half an hour: cargo xtask guests {0}",
                guest.name
            );
        }
    }
    Ok(rest)
}

/// Keeps what was built.
pub(crate) fn keep(guest: &Guest, digest: &Digest, folder: &Path) -> anyhow::Result<()> {
    let kept = kept(guest, digest);
    let cache = kept.parent().context("a file in a folder")?;
    fs::create_dir_all(cache).with_context(|| format!("cannot make `{}`", cache.display()))?;
    let draft = kept.with_extension("new");
    fs::copy(wasm_file(&guest.name, folder), &draft).with_context(|| format!("cannot write `{}`", draft.display()))?;
    fs::rename(&draft, &kept).with_context(|| format!("cannot write `{}`", kept.display()))?;
    forget_others(guest, &kept, cache)
}

/// Removes what was kept of a guest before its last builds: somebody may go back and forth between two branches.
fn forget_others(guest: &Guest, newest: &Path, cache: &Path) -> anyhow::Result<()> {
    let mut others = vec![];
    for entry in fs::read_dir(cache).with_context(|| format!("cannot list `{}`", cache.display()))? {
        let entry = entry?;
        if is_of(&guest.name, &entry.file_name().to_string_lossy()) && entry.path() != newest {
            others.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    others.sort();
    others.reverse();
    for (_, old) in others.iter().skip(KEPT - 1) {
        fs::remove_file(old).with_context(|| format!("cannot remove `{}`", old.display()))?;
    }
    Ok(())
}

/// Whether a file is what was kept of this guest, not of one whose name begins so.
fn is_of(guest: &str, file: &str) -> bool {
    let digits = file
        .strip_prefix(guest)
        .and_then(|rest| rest.strip_prefix('-')?.strip_suffix(".wasm"));
    digits.is_some_and(|digits| !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_hexdigit()))
}

fn is_fetched(guest: &Guest, digest: &Digest, folder: &Path) -> anyhow::Result<bool> {
    let kept = kept(guest, digest);
    if !kept.is_file() {
        return Ok(false);
    }
    let place = wasm_file(&guest.name, folder);
    let draft = place.with_extension("wasm.new");
    fs::copy(&kept, &draft).with_context(|| format!("cannot copy `{}`", kept.display()))?;
    fs::rename(&draft, &place).with_context(|| format!("cannot write `{}`", place.display()))?;
    digest.store(&digest_file(&guest.name, folder))?;
    Ok(true)
}

fn kept(guest: &Guest, digest: &Digest) -> PathBuf {
    let cache =
        env::var_os("RBIT_GUEST_CACHE").map_or_else(|| program::target_folder().join("guests-kept"), PathBuf::from);
    cache.join(format!("{}-{}.wasm", guest.name, digest.digits()))
}

/// Builds of one guest that are kept, the newest included.
const KEPT: usize = 3;

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn the_last_builds_of_a_guest_are_kept_and_those_of_others_are_not_touched() {
        let cache = tempfile::tempdir().unwrap();
        let guest = Guest {
            name: "pdf".into(),
            folder: PathBuf::new(),
            workspace: PathBuf::new(),
            libraries: vec![],
            is_costly: true,
        };
        let names = [
            "pdf-a1.wasm",
            "pdf-b2.wasm",
            "pdf-c3.wasm",
            "pdf-d4.wasm",
            "pdf-e5.wasm",
            "pdf-too-a1.wasm",
            "pdf.txt",
        ];
        for (age, name) in names.iter().rev().enumerate() {
            let file = fs::File::create(cache.path().join(name)).unwrap();
            let age = Duration::from_secs(u64::try_from(age).unwrap());
            file.set_modified(SystemTime::now() - age).unwrap();
        }
        forget_others(&guest, &cache.path().join("pdf-a1.wasm"), cache.path()).unwrap();
        let is_there = |name: &&str| cache.path().join(name).exists();
        let left: Vec<_> = names.into_iter().filter(is_there).collect();
        assert_eq!(
            left,
            [
                "pdf-a1.wasm",
                "pdf-d4.wasm",
                "pdf-e5.wasm",
                "pdf-too-a1.wasm",
                "pdf.txt"
            ]
        );
    }
}
