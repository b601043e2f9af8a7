//! `cargo xtask hostile`: every hostile guest in a box of its own, and a table of what became of it.
//!
//! The guests and what they must end with are in `tests/hostile`. This task builds what they need.

use std::process::Command;

use anyhow::{Context as _, bail};

use crate::{
    guests::{self, Asked, Language},
    program,
};

/// Runs the guests of these names, or all. An error if one ended as it must not.
pub(crate) fn hostile(names: &[String]) -> anyhow::Result<()> {
    guests::build_asked(&Asked {
        language: Some(Language::Rust),
        ..Asked::default()
    })?;
    let rbit = program::build()?;
    let driver = program::build_bin("rbit-e2e", "hostile")?;
    let folder = program::target_folder().join("hostile");
    let status = Command::new(driver)
        .args([&rbit, &folder])
        .args(names)
        .status()
        .context("cannot start the program that runs the guests")?;
    if !status.success() {
        bail!(
            "a guest ended as it must not; boxes of such guests, with journals and logs, are in `{}`",
            folder.display()
        );
    }
    Ok(())
}
