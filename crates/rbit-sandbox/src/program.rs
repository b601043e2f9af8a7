//! Which file a plan's guest is in.

use std::path::{Path, PathBuf};

use rbit_job::{CommandLine, Ending, Plan, Processor};

use crate::{Kind, LoadError, not_loaded};

/// The file of a plan's guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program<'a> {
    /// Where it lies.
    pub file: &'a Path,
    /// The digest that it must have, if it must have one.
    pub pin: Option<&'a str>,
    /// What it must be.
    pub kind: Kind,
}

/// The program that a plan's job runs, or why there is none.
pub fn program(plan: &Plan) -> Result<Program<'_>, Ending> {
    match &plan.processor {
        Processor::Wasm { file, sha256 } => Ok(Program {
            file,
            pin: sha256.as_deref(),
            kind: Kind::Runner,
        }),
        Processor::Shell(line) => Ok(Program {
            file: find_command(line).map_err(|error| not_loaded(&error))?,
            pin: None,
            kind: Kind::Command,
        }),
        Processor::Native(line) => Err(Ending::HostFault(format!(
            "`{}` is a program of the machine, which no sandbox of WebAssembly runs",
            line.command()
        ))),
        Processor::Python(call) => Ok(Program {
            file: &call.component,
            pin: None,
            kind: Kind::Runner,
        }),
    }
}

/// The first of a command's files that is there.
pub fn find_command(line: &CommandLine) -> Result<&Path, LoadError> {
    let found = line.files().iter().find(|file| file.is_file());
    found.map(PathBuf::as_path).ok_or_else(|| {
        let files: Vec<_> = line
            .files()
            .iter()
            .map(|file| format!("`{}`", file.display()))
            .collect();
        LoadError::NotFound {
            command: line.command().to_owned(),
            files: files.join(" and no "),
        }
    })
}
