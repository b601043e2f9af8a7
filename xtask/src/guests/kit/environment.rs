//! Python on this machine, and an environment of its own for componentize-py.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};

use crate::apt;

/// What is installed into the environment.
pub(crate) const COMPONENTIZE: &str = "componentize-py==0.25.1";

/// Where componentize-py is, after it was installed if need be.
pub(crate) fn find_or_make(folder: &Path) -> anyhow::Result<PathBuf> {
    let (environment, mark) = (folder.join("venv"), folder.join("venv.txt"));
    let program = environment.join("bin/componentize-py");
    let is_there = program.is_file() && fs::read_to_string(&mark).is_ok_and(|mark| mark == COMPONENTIZE);
    if !is_there {
        make(&environment)?;
        let mut install = pip(folder);
        call(install.args(["install", COMPONENTIZE]))?;
        fs::write(&mark, COMPONENTIZE).with_context(|| format!("cannot write `{}`", mark.display()))?;
    }
    Ok(program)
}

/// The environment's own installer, quiet.
pub(crate) fn pip(folder: &Path) -> Command {
    let mut pip = Command::new(folder.join("venv/bin/python3"));
    pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check"]);
    pip
}

/// Makes an environment, with Debian's Python if there is none.
pub(crate) fn make(environment: &Path) -> anyhow::Result<()> {
    if environment.join("bin/pip").is_file() {
        return Ok(());
    }
    let make = || call(Command::new("python3").args(["-m", "venv"]).arg(environment));
    let Err(error) = make() else { return Ok(()) };
    if !apt::can_install() {
        bail!("python3 cannot make an environment: {error:#}\none of these helps:\n  {HELP}");
    }
    apt::install(&PACKAGES)?;
    make().context("python3 cannot make an environment, although Debian's packages are installed")
}

pub(crate) fn call(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}

const PACKAGES: [&str; 3] = ["python3", "python3-venv", "python3-pip"];
const HELP: &str = "apt-get install python3 python3-venv python3-pip    # on Debian, as root\n  \
    a python3 from 3.10 on in the PATH, with its modules `venv` and `pip`";
