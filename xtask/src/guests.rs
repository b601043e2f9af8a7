//! `cargo xtask guests`: from the sources of guests to `target/guests/<name>.wasm`.
//!
//! What a guest is made from is hashed, and the digest kept beside the result: a guest that would come out the same is not built.

mod compile;
mod debian;
mod digest;
mod guest;
mod python;
mod rustup;
mod text;
mod toolchain;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

pub(crate) use self::toolchain::Way;
use self::{digest::Digest, guest::Guest, toolchain::Toolchain};
use crate::program;

/// Builds the guests of these names, or all, unless they are up to date. Returns the folder in which `<name>.wasm` lies.
pub(crate) fn build(names: &[String]) -> anyhow::Result<PathBuf> {
    build_with(names, None)
}

/// The same with a certain compiler.
pub(crate) fn build_with(names: &[String], asked: Option<Way>) -> anyhow::Result<PathBuf> {
    let folder = program::target_folder().join("guests");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let (wants_python, others) = python::among(names);
    if let Some(others) = others {
        build_others(&others, asked, &folder)?;
    }
    if wants_python {
        python::build(&folder)?;
    }
    Ok(folder)
}

/// Guests in Rust, and in text.
fn build_others(names: &[String], asked: Option<Way>, folder: &Path) -> anyhow::Result<()> {
    let texts = text::all()?;
    let guests = guest::select(guest::all()?, &texts, names)?;
    text::build(&texts, names, folder)?;
    if guests.is_empty() {
        return Ok(());
    }

    let toolchain = Toolchain::find_or_install(asked)?;
    let stale = stale(&guests, &toolchain, folder)?;
    if stale.is_empty() {
        println!("guests: {} up to date in {}", guests.len(), folder.display());
        return Ok(());
    }
    println!(
        "guests: building {} of {} with {}",
        stale.len(),
        guests.len(),
        toolchain.name()
    );
    for built in compile::compile(stale.iter().map(|(guest, _)| *guest), &toolchain)? {
        let size = deliver(&built, folder)?;
        println!("guests: {:14} {:>4} kB", built.guest.name, size.div_ceil(1000));
    }
    for (guest, digest) in &stale {
        digest.store(&digest_file(guest, folder))?;
    }
    Ok(())
}

/// The guests that are not there or would come out differently, with what their digest is now.
fn stale<'a>(guests: &'a [Guest], toolchain: &Toolchain, folder: &Path) -> anyhow::Result<Vec<(&'a Guest, Digest)>> {
    let mut stale = vec![];
    for guest in guests {
        let digest = Digest::of(guest, toolchain)?;
        if !wasm_file(guest, folder).is_file() || !digest.is_stored(&digest_file(guest, folder)) {
            stale.push((guest, digest));
        }
    }
    Ok(stale)
}

/// Brings a built guest to its place in one step, as a host may be reading the one before. Returns its size in bytes.
fn deliver(built: &compile::Built<'_>, folder: &Path) -> anyhow::Result<u64> {
    let place = wasm_file(built.guest, folder);
    let draft = place.with_extension("wasm.new");
    let size = fs::copy(&built.file, &draft)
        .with_context(|| format!("cannot copy `{}` to `{}`", built.file.display(), draft.display()))?;
    fs::rename(&draft, &place).with_context(|| format!("cannot write `{}`", place.display()))?;
    Ok(size)
}

fn wasm_file(guest: &Guest, folder: &Path) -> PathBuf {
    folder.join(format!("{}.wasm", guest.name))
}

fn digest_file(guest: &Guest, folder: &Path) -> PathBuf {
    folder.join(format!("{}.sha256", guest.name))
}
