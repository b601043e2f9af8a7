//! The tools with which projects of a language are built.
//!
//! They are installed below `target/toolchains` in the versions that the examples were made with, as what a machine has is often another:
//! zig's build files change with each version, and Debian's Go is too old. What is searched for on the machine is what changes little.

mod environment;
mod npm;
mod package;
mod pypi;

use std::{
    env,
    ffi::OsString,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};

use self::package::Package;
use super::language::Language;
use crate::{apt, program};

/// Tools that are here.
#[derive(Debug)]
pub(crate) struct Kit {
    folder: PathBuf,
    identity: String,
}

impl Kit {
    /// Finds the tools of a language, or installs what is missing. The error says what would help.
    pub(crate) fn ensure(language: Language) -> anyhow::Result<Self> {
        let folder = folder();
        fs::create_dir_all(folder.join("bin")).with_context(|| format!("cannot make `{}`", folder.display()))?;
        let packages = match language {
            Language::Rust => &[][..],
            Language::C | Language::Cpp | Language::Zig => &[pypi::ZIG],
            Language::Go => &[pypi::GO],
            Language::Python => &[pypi::COMPONENTIZE_PY],
            Language::Javascript => &[npm::COMPONENTIZE_QJS, npm::ESBUILD],
            Language::Typescript => &[npm::COMPONENTIZE_QJS, npm::ESBUILD, npm::TYPESCRIPT],
        };
        match language {
            Language::Rust => {}
            Language::Javascript | Language::Typescript => {
                if !is_on_path("npm") {
                    pypi::ensure(&folder.join("python"), &[pypi::NODE])?;
                }
                npm::ensure(&folder.join("npm"), packages, &search_path(&folder))?;
            }
            Language::Zig => pypi::ensure(&folder.join("python"), packages)?,
            Language::C | Language::Cpp | Language::Go | Language::Python => {
                need("make", &["make"])?;
                pypi::ensure(&folder.join("python"), packages)?;
            }
        }
        if packages == [pypi::ZIG] {
            name_zig(&folder)?;
        }
        let versions: Vec<_> = packages.iter().map(Package::to_string).collect();
        let identity = format!("{versions:?} {:?}", language.build_command());
        Ok(Self { folder, identity })
    }

    /// What would be another text if the tools made something else.
    pub(crate) fn identity(&self) -> &[u8] {
        self.identity.as_bytes()
    }

    /// Makes a command use them, and keep what it has to keep among them.
    pub(crate) fn configure(&self, command: &mut Command) {
        command
            .env("PATH", search_path(&self.folder))
            .env("ZIG_GLOBAL_CACHE_DIR", self.folder.join("zig-cache"))
            .env("GOCACHE", self.folder.join("go-cache"))
            // Nothing is fetched: what a project needs is in it.
            .env("GOTOOLCHAIN", "local")
            .env("GOPROXY", "off")
            // componentize-py would put what is in it into the component.
            .env_remove("VIRTUAL_ENV")
            .env_remove("GOFLAGS")
            .env_remove("MAKEFLAGS");
    }
}

/// What makes components of Python: its name with its version, for whoever depends on what it makes.
pub(crate) fn componentize_py_version() -> String {
    pypi::COMPONENTIZE_PY.to_string()
}

/// The program that makes components of Python, which is installed if need be.
pub(crate) fn componentize_py() -> anyhow::Result<PathBuf> {
    let folder = python_folder();
    pypi::ensure(&folder, &[pypi::COMPONENTIZE_PY])?;
    Ok(folder.join("bin/componentize-py"))
}

/// Brings libraries of nothing but Python to a folder.
pub(crate) fn collect_libraries(requirements: &[&str], to: &Path) -> anyhow::Result<()> {
    let folder = python_folder();
    fs::create_dir_all(&folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    pypi::collect(&folder, requirements, to)
}

fn folder() -> PathBuf {
    program::target_folder().join("toolchains")
}

fn python_folder() -> PathBuf {
    folder().join("python")
}

/// Where ruff is, which looks at Python.
pub(crate) fn ruff() -> anyhow::Result<PathBuf> {
    let folder = python_folder();
    pypi::ensure(&folder, &[pypi::RUFF])?;
    Ok(folder.join("bin/ruff"))
}

/// Where programs are: among these tools, then on the machine.
fn search_path(folder: &Path) -> OsString {
    let own = ["bin", "python/bin", "npm/node_modules/.bin"].map(|part| folder.join(part));
    let others = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(own.into_iter().chain(env::split_paths(&others)));
    path.unwrap_or(others)
}

/// The package has zig in a folder of its own, under no name that a shell would find.
fn name_zig(folder: &Path) -> anyhow::Result<()> {
    let link = folder.join("bin/zig");
    if link.exists() {
        return Ok(());
    }
    let zig = pypi::folder_of(&folder.join("python"), "ziglang")?.join("zig");
    fs::remove_file(&link).ok();
    symlink(&zig, &link).with_context(|| format!("cannot make `{}`", link.display()))
}

/// Installs Debian's packages where a program is missing and that is possible.
fn need(program: &str, packages: &[&str]) -> anyhow::Result<()> {
    if is_on_path(program) {
        return Ok(());
    }
    let help = format!("apt-get install --no-install-recommends {}", packages.join(" "));
    if !apt::can_install() {
        bail!("there is no `{program}`; this would help, on Debian and as root:\n  {help}");
    }
    println!("guests: installing {}", packages.join(" "));
    apt::install(packages).with_context(|| format!("there is no `{program}`, and `{help}` failed"))
}

fn is_on_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
