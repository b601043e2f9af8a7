//! What a guest is made from, as one number.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

use super::{bindings::Bindings, guest::Guest, kit::Kit, project::Project, toolchain::Toolchain};
use crate::program;

/// The SHA-256 of all that a guest is made from, in hexadecimal digits.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Digest(String);

impl Digest {
    /// Hashes a guest's sources, those of the SDK and the contract, the manifests and the lock file, and what the compiler is.
    pub(crate) fn of(guest: &Guest, toolchain: &Toolchain) -> anyhow::Result<Self> {
        let project = program::project_folder();
        let mut inputs = vec![
            guest.folder.clone(),
            guest.workspace.join("Cargo.toml"),
            guest.workspace.join("Cargo.lock"),
            project.join("crates/rbit-guest"),
            project.join("wit"),
        ];
        inputs.extend_from_slice(&guest.libraries);
        let mut rest = Sha256::new();
        add(&mut rest, toolchain.identity());
        add(&mut rest, inherited(&project.join("Cargo.toml"))?.as_bytes());
        Self::of_files(&inputs, &rest.finalize())
    }

    /// Hashes what a guest in another language is made from: its project, the bindings, and what the tools are.
    pub(crate) fn of_project(project: &Project, bindings: &Bindings, kit: &Kit) -> anyhow::Result<Self> {
        let mut tools = Sha256::new();
        add(&mut tools, kit.identity());
        for (name, content) in bindings.iter() {
            add(&mut tools, name.as_os_str().as_encoded_bytes());
            add(&mut tools, content);
        }
        Self::of_files(&project.inputs(), &tools.finalize())
    }

    /// Whether this is the digest in a file.
    pub(crate) fn is_stored(&self, file: &Path) -> bool {
        fs::read_to_string(file).is_ok_and(|stored| stored.trim_end() == self.0)
    }

    /// Its digits.
    pub(crate) fn digits(&self) -> &str {
        &self.0
    }

    /// Writes it to a file.
    pub(crate) fn store(&self, file: &Path) -> anyhow::Result<()> {
        fs::write(file, format!("{}\n", self.0)).with_context(|| format!("cannot write `{}`", file.display()))
    }

    /// Hashes files, those of folders included, and what makes something of them.
    pub(crate) fn of_files(inputs: &[PathBuf], toolchain: &[u8]) -> anyhow::Result<Self> {
        let mut files = vec![];
        for input in inputs {
            collect(input, &mut files)?;
        }
        files.sort();
        files.dedup();
        let mut hash = Sha256::new();
        add(&mut hash, toolchain);
        for file in files {
            // Below the project, so that another copy of it comes to the same.
            let name = file.strip_prefix(program::project_folder()).unwrap_or(&file);
            add(&mut hash, name.as_os_str().as_encoded_bytes());
            add(
                &mut hash,
                &fs::read(&file).with_context(|| format!("cannot read `{}`", file.display()))?,
            );
        }
        Ok(Self(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
    }
}

/// What the SDK's manifest inherits from that of the project. Its dependencies are the host's, and change often.
fn inherited(manifest: &Path) -> anyhow::Result<String> {
    let text = fs::read_to_string(manifest).with_context(|| format!("cannot read `{}`", manifest.display()))?;
    let lines = text.lines().skip_while(|line| *line != "[workspace.package]").skip(1);
    Ok(lines
        .take_while(|line| !line.starts_with('['))
        .collect::<Vec<_>>()
        .join("\n"))
}

/// With its length, so that no two lists of parts hash alike.
fn add(hash: &mut Sha256, part: &[u8]) {
    hash.update(part.len().to_le_bytes());
    hash.update(part);
}

/// Adds a file, or all files of a folder but those that are made by its build.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries = fs::read_dir(path).with_context(|| format!("cannot list `{}`", path.display()))?;
    for entry in entries {
        let entry = entry?;
        let is_made = entry.file_name().to_str().is_some_and(|name| MADE.contains(&name));
        if !is_made {
            collect(&entry.path(), files)?;
        }
    }
    Ok(())
}

/// The folders that cargo, `cargo xtask bindings`, the build files of projects, npm, zig and Python write to; and cases, which are held
/// against what was built.
const MADE: [&str; 7] = [
    "cases",
    "target",
    "gen",
    "build",
    "node_modules",
    ".zig-cache",
    "__pycache__",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(folder: &Path, toolchain: &str) -> Digest {
        Digest::of_files(&[folder.to_owned()], toolchain.as_bytes()).unwrap()
    }

    #[test]
    fn a_change_of_any_source_or_of_the_compiler_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("src/lib.rs"), "one").unwrap();
        let first = digest(folder.path(), "1.95");
        assert_eq!(first, digest(folder.path(), "1.95"));
        assert_ne!(first, digest(folder.path(), "1.96"));

        fs::write(folder.path().join("src/lib.rs"), "two").unwrap();
        let changed = digest(folder.path(), "1.95");
        assert_ne!(first, changed);
        fs::rename(folder.path().join("src/lib.rs"), folder.path().join("src/main.rs")).unwrap();
        assert_ne!(changed, digest(folder.path(), "1.95"));
    }

    #[test]
    fn of_the_projects_manifest_only_that_counts_which_the_sdk_inherits() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = folder.path().join("Cargo.toml");
        let mut texts = vec![];
        for (edition, lapin) in [("2021", "4.0"), ("2024", "4.0"), ("2024", "4.1")] {
            let text = format!(
                "[workspace]\n\n[workspace.package]\nedition = \"{edition}\"\n\n[workspace.dependencies]\nlapin = \"{lapin}\"\n"
            );
            fs::write(&manifest, text).unwrap();
            texts.push(inherited(&manifest).unwrap());
        }
        assert_ne!(texts[0], texts[1]);
        assert_eq!(texts[1], texts[2]);
    }

    #[test]
    fn what_a_build_made_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("lib.rs"), "one").unwrap();
        let before = digest(folder.path(), "");
        for made in MADE {
            fs::create_dir(folder.path().join(made)).unwrap();
            fs::write(folder.path().join(made).join("lib.wasm"), "made").unwrap();
        }
        assert_eq!(before, digest(folder.path(), ""));
    }

    #[test]
    fn a_stored_digest_is_known_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("digest");
        let digest = Digest("ab".into());
        assert!(!digest.is_stored(&file));
        digest.store(&file).unwrap();
        assert!(digest.is_stored(&file));
        assert!(!Digest("cd".into()).is_stored(&file));
    }
}
