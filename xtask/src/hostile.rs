//! `cargo xtask hostile`: every hostile guest in a box of its own, and a table of what became of it.
//!
//! The guests and what they must end with are in `tests/hostile`. This task builds what they need.

use std::process::Command;

use anyhow::{Context as _, bail};

use crate::{
    args::Isolation,
    guests::{self, Asked, Language},
    program,
};

/// Runs the guests of these names, or all, in each of these ways. An error if one ended as it must not.
pub(crate) fn hostile(isolation: Isolation, names: &[String]) -> anyhow::Result<()> {
    guests::build_asked(&Asked {
        language: Some(Language::Rust),
        ..Asked::default()
    })?;
    let rbit = program::build()?;
    let driver = program::build_bin("hostile")?;
    let folder = program::target_folder().join("hostile");
    let mut is_right = true;
    for isolation in isolation.words() {
        let status = Command::new(&driver)
            .args([&rbit, &folder])
            .arg(isolation)
            .args(names)
            .status()
            .context("cannot start the program that runs the guests")?;
        is_right &= status.success();
    }
    if !is_right {
        bail!(
            "a guest ended as it must not; boxes of such guests, with journals and logs, are in `{}`",
            folder.display()
        );
    }
    Ok(())
}
