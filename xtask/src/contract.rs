//! `cargo xtask contract`: the same cases over a guest of every language, and a table of them.
//!
//! Guests and cases are in `tests/contract`. This task builds what they need.

use std::process::Command;

use anyhow::{Context as _, bail};

use crate::{
    guests::{self, Asked},
    program,
};

/// Runs all cases in all languages. An error if one ended as it must not.
pub(crate) fn contract() -> anyhow::Result<()> {
    for missing in guests::build_possible(&Asked::default())? {
        eprintln!("guests: not built here: {missing}");
    }
    let driver = program::build_bin("contract")?;
    let status = Command::new(&driver)
        .current_dir(program::project_folder())
        .status()
        .with_context(|| format!("cannot start `{}`", driver.display()))?;
    if !status.success() {
        bail!("a language does not keep the contract: the table says which, and where");
    }
    Ok(())
}
