//! `cargo xtask contract`: the same cases over a guest of every language, and a table of them.
//!
//! Guests and cases are in `tests/contract`. This task builds what they need.

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
    // With the whole workspace in view: its parts alone would have the engine built once more, with other features.
    let status = program::cargo()
        .args(["run", "--workspace", "--bin", "contract"])
        .status()
        .context("cannot start cargo")?;
    if !status.success() {
        bail!("a language does not keep the contract: the table says which, and where");
    }
    Ok(())
}
