//! A virtual environment of Python's, made with the machine's.

use std::{path::Path, process::Command};

use anyhow::{Context as _, bail};

use crate::apt;

/// Makes one, with Debian's Python if there is none.
pub(super) fn make(environment: &Path) -> anyhow::Result<()> {
    if environment.join("bin/pip").is_file() {
        return Ok(());
    }
    let make = || call(Command::new("python3").args(["-m", "venv"]).arg(environment));
    let Err(error) = make() else { return Ok(()) };
    if !apt::can_install() {
        bail!("python3 cannot make an environment: {error:#}\none of these helps:\n  {HELP}");
    }
    apt::install(&PACKAGES)
        .with_context(|| format!("python3 cannot make an environment, and this failed:\n  {HELP}"))?;
    make().context("python3 cannot make an environment, although Debian's packages are installed")
}

fn call(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}

const PACKAGES: [&str; 3] = ["python3", "python3-venv", "python3-pip"];
const HELP: &str = "apt-get install python3 python3-venv python3-pip    # on Debian, as root\n  \
    a python3 from 3.10 on in the PATH, with its modules `venv` and `pip`";
