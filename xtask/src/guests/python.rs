//! The generic Python component: `target/guests/python.wasm` from the sources in `guests/python`.
//!
//! componentize-py makes it, out of CPython and what the sources import when they are first run. It is taken from PyPI into an
//! environment of its own. The interfaces of WASI are taken from the crate that the host is built with.

mod packages;
mod wit;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};

use super::{digest::Digest, fetched, foreign::Missing, kit, language::Language};
use crate::program;

/// What it is called among guests.
pub(crate) const NAME: &str = "python";

/// Takes it out of the names of guests that are asked for. Says whether it is asked for, and whether any other is.
pub(crate) fn among(names: &[String]) -> (bool, Option<Vec<String>>) {
    let others: Vec<_> = names.iter().filter(|name| *name != NAME).cloned().collect();
    let is_asked_for = names.is_empty() || others.len() < names.len();
    let has_others = names.is_empty() || !others.is_empty();
    (is_asked_for, has_others.then_some(others))
}

/// Builds it, unless it is up to date or its tools cannot be had, to `<name>.wasm` in a folder; and beside it what tests of it import.
pub(crate) fn build(folder: &Path) -> anyhow::Result<Option<Missing>> {
    let missing = |error| Some(Missing::new(Language::Python, error));
    if let Err(error) = build_component(folder)? {
        return Ok(missing(error));
    }
    Ok(packages::fetch(folder).err().and_then(missing))
}

/// The inner error says that its tools cannot be had.
fn build_component(folder: &Path) -> anyhow::Result<anyhow::Result<()>> {
    let place = folder.join(format!("{NAME}.wasm"));
    let digest_file = folder.join(format!("{NAME}.sha256"));
    let wasi = fetched::wasi()?.join("deps");
    let tool = kit::componentize_py_version();
    let inputs = [source(), program::project_folder().join("wit"), wasi.clone()];
    let digest = Digest::of_files(&inputs, tool.as_bytes())?;
    if place.is_file() && digest.is_stored(&digest_file) {
        println!("guests: {NAME} up to date in {}", folder.display());
        return Ok(Ok(()));
    }
    println!("guests: building {NAME} with {tool}");
    let componentize = match kit::componentize_py() {
        Ok(componentize) => componentize,
        Err(error) => return Ok(Err(error)),
    };
    let interfaces = wit::assemble(&wasi, &source().join("wit"), &build_folder())?;
    let size = componentize_to(&place, &componentize, &interfaces)?;
    println!("guests: {NAME:14} {:>4} kB", size.div_ceil(1000));
    digest.store(&digest_file).map(Ok)
}

fn componentize_to(place: &Path, componentize: &Path, interfaces: &Path) -> anyhow::Result<u64> {
    let draft = place.with_extension("wasm.new");
    let status = Command::new(componentize)
        .args(["--quiet", "--world", WORLD, "--wit-path"])
        .arg(interfaces)
        .args(["componentize", APP, "--python-path"])
        .arg(source().join("src"))
        .arg("--output")
        .arg(&draft)
        // It would put the packages of whatever environment it is called in into the component.
        .env("VIRTUAL_ENV", no_environment()?)
        .status()
        .with_context(|| format!("cannot start `{}`", componentize.display()))?;
    if !status.success() {
        bail!(
            "componentize-py could not make `{}`: it ended with {status}",
            place.display()
        );
    }
    fs::rename(&draft, place).with_context(|| format!("cannot write `{}`", place.display()))?;
    Ok(fs::metadata(place)?.len())
}

/// An environment without packages.
fn no_environment() -> anyhow::Result<PathBuf> {
    let folder = build_folder().join("no-environment");
    let packages = folder.join("lib/python3/site-packages");
    fs::create_dir_all(&packages).with_context(|| format!("cannot make `{}`", packages.display()))?;
    Ok(folder)
}

fn source() -> PathBuf {
    program::project_folder().join("guests/python")
}

fn build_folder() -> PathBuf {
    program::target_folder().join("python-build")
}

const WORLD: &str = "rbit:python/python";
/// The module that componentize-py imports.
const APP: &str = "rbit_python";

#[cfg(test)]
mod tests {
    #[test]
    fn it_is_built_when_it_is_named_or_when_all_are() {
        let among = |names: &[&str]| {
            let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
            let (is_asked_for, others) = super::among(&names);
            (is_asked_for, others.map(|others| others.join(" ")))
        };
        assert_eq!(among(&[]), (true, Some(String::new())));
        assert_eq!(among(&["python"]), (true, None));
        assert_eq!(among(&["traps", "python"]), (true, Some("traps".into())));
        assert_eq!(among(&["traps"]), (false, Some("traps".into())));
    }
}
