//! Packages of a registry, which are installed once.

use std::{fmt, fs, path::Path, process::Command, time::Duration};

use anyhow::{Context as _, bail};

use crate::patience;

/// A package and its version, as its registry names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    pub(super) registry: Registry,
}

/// Where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Registry {
    Pypi,
    Npm,
}

/// As its registry's installer takes it.
impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            version,
            registry,
        } = self;
        match registry {
            Registry::Pypi => write!(f, "{name}=={version}"),
            Registry::Npm => write!(f, "{name}@{version}"),
        }
    }
}

impl Package {
    /// Has it installed by the command that `installer` makes, unless that was done. An error says what would help: that
    /// `by_hand` works.
    pub(super) fn ensure(
        self,
        folder: &Path,
        by_hand: &str,
        installer: impl FnOnce() -> anyhow::Result<Command>,
    ) -> anyhow::Result<()> {
        // Written last, so that what was interrupted is done again.
        let stamp = folder.join(format!("{self}.installed"));
        if stamp.is_file() {
            return Ok(());
        }
        println!("guests: installing {self}");
        fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
        let mut command = installer()?;
        command.arg(self.to_string());
        run(command).with_context(|| {
            format!("cannot install {self}; what would help is that this works:\n  {by_hand} install {self}")
        })?;
        fs::write(&stamp, "").with_context(|| format!("cannot write `{}`", stamp.display()))
    }
}

/// Runs an installer.
pub(super) fn run(command: Command) -> anyhow::Result<()> {
    let (status, said) = patience::run(command, PATIENCE)?;
    if !status.success() {
        bail!("it ended with {status}: {}", said.trim());
    }
    Ok(())
}

/// A hundred megabytes are downloaded in it by any line that is worth waiting for.
const PATIENCE: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests {
    use super::*;

    const TOOL: Package = Package {
        name: "tool",
        version: "1.2",
        registry: Registry::Npm,
    };

    fn shell(script: &str) -> anyhow::Result<Command> {
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh"]);
        Ok(command)
    }

    #[test]
    fn a_package_is_installed_once_and_again_after_it_failed() {
        let folder = tempfile::tempdir().unwrap();
        let failed = TOOL.ensure(folder.path(), "npm", || shell("echo no line >&2; exit 7"));
        let failed = format!("{:#}", failed.unwrap_err());
        assert!(
            failed.contains("what would help is that this works:\n  npm install tool@1.2"),
            "{failed}"
        );
        assert!(failed.ends_with("exit status: 7: no line"), "{failed}");
        TOOL.ensure(folder.path(), "npm", || shell(r#"test "$1" = tool@1.2"#))
            .unwrap();
        TOOL.ensure(folder.path(), "npm", || bail!("called again")).unwrap();
    }
}
