//! `cargo xtask lint`: the runners of Connexions, each by the tools of its language. They are no part of the workspace, so that
//! `cargo clippy --workspace` does not see them.

use std::{path::Path, process::Command};

use anyhow::{Context as _, bail};

use crate::{guests, program};

/// Looks at all of them. With `all`, at that one, too, whose dependencies take minutes to be looked through.
pub(crate) fn lint(all: bool) -> anyhow::Result<()> {
    let runners = program::project_folder().join("runners");
    let mut commands = vec![
        format(&runners),
        format(&runners.join("pdf")),
        clippy(&runners, "runners-test"),
    ];
    if all {
        commands.push(clippy(&runners.join("pdf"), "pdf-lint"));
    }
    commands.extend(guests::go_lints(&runners.join("completezip"))?);
    commands.push(guests::python_lint(&runners.join("python"))?);
    for command in commands {
        succeed(command)?;
    }
    Ok(())
}

fn format(workspace: &Path) -> Command {
    let mut command = program::cargo();
    command.current_dir(workspace).args(["fmt", "--all", "--check"]);
    command
}

/// In the folder in which `cargo xtask test` builds its tests, so that what can be shared is.
fn clippy(workspace: &Path, folder: &str) -> Command {
    let mut command = program::cargo();
    command
        .current_dir(workspace)
        .args(["clippy", "--locked", "--all-targets", "--target-dir"])
        .arg(program::target_folder().join(folder))
        .args(["--", "-D", "warnings"]);
    command
}

fn succeed(mut command: Command) -> anyhow::Result<()> {
    let words = words(&command);
    println!("lint: {words}");
    let status = command.status().with_context(|| format!("cannot start `{words}`"))?;
    if !status.success() {
        bail!("`{words}` ended with {status}");
    }
    Ok(())
}

/// As a person would type it, without the variables around it.
fn words(command: &Command) -> String {
    let folder = command.get_current_dir().unwrap_or(Path::new("."));
    let folder = folder.strip_prefix(program::project_folder()).unwrap_or(folder);
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args().filter(|word| *word != "sh" && *word != "-c"));
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    format!("{}: {}", folder.display(), words.join(" ").trim_start_matches("env "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_would_be_typed() {
        let mut command = Command::new("/usr/bin/env");
        command.current_dir(program::project_folder().join("runners"));
        command.args(["go", "vet", "./complete"]).env("GOOS", "wasip1");
        assert_eq!(words(&command), "runners: go vet ./complete");
    }
}
