//! What the programs behind `cargo xtask chaos`, `cluster` and `hostile` have in common.

use std::{env, process::ExitCode};

/// Runs such a program with its arguments: it says whether all is as it must be, or why it could not find out.
#[expect(clippy::print_stderr, reason = "a developer's tool speaks to a terminal")]
pub fn drive(run: impl FnOnce(&[String]) -> anyhow::Result<bool>) -> ExitCode {
    let words: Vec<_> = env::args().skip(1).collect();
    match run(&words) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
