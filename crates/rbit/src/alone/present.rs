//! Whether what a runner names is there at all. What is in it is no question of this: a job ends with that.

use std::{fs::File, path::PathBuf};

use anyhow::{Context as _, anyhow};
use rbit_job::{CommandLine, Processor, PythonCall, Runner, python_call};

use crate::{exit_code::Code, failure::Failure, python};

/// Without its files no job of this runner can be begun.
pub(super) fn check(runner: &Runner) -> Result<(), Failure> {
    let found = match &runner.processor {
        Processor::Wasm { file, .. } => File::open(file)
            .map(drop)
            .with_context(|| format!("cannot read `{}`", file.display())),
        Processor::Python(call) => {
            python(call, &python_call::module_folders(&runner.mounts)).map_err(|why| anyhow!(why))
        }
        Processor::Shell(line) | Processor::Native(line) => command(line),
    };
    found.map_err(|error| {
        Failure::new(
            Code::Config,
            error.context(format!("cannot use `{}`", runner.processor)),
        )
    })
}

fn python(call: &PythonCall, folders: &[PathBuf]) -> Result<(), String> {
    // An empty path is that of none: it is looked for again, for the list of the places in which it is not.
    let known = Some(call.component.as_path()).filter(|file| !file.as_os_str().is_empty());
    python::looks_like_one(&python::find(known)?)?;
    python::check(folders, &call.module, &call.callable)
}

fn command(line: &CommandLine) -> anyhow::Result<()> {
    if line.files().iter().any(|file| file.is_file()) {
        return Ok(());
    }
    let files: Vec<_> = line
        .files()
        .iter()
        .map(|file| format!("`{}`", file.display()))
        .collect();
    Err(anyhow!("there is no {}", files.join(", no ")))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_command_is_there_in_any_folder_of_its_path() {
        let dir = tempfile::tempdir().unwrap();
        let files = ["a/m.wasm", "b/m.wasm"].map(|file| dir.path().join(file));
        let line = CommandLine::new(vec!["m".into()], files.to_vec()).unwrap();
        let error = command(&line).unwrap_err().to_string();
        assert!(error.contains("a/m.wasm`, no `"), "{error}");
        fs::create_dir(dir.path().join("b")).unwrap();
        fs::write(&files[1], "").unwrap();
        assert!(command(&line).is_ok());
    }

    #[test]
    fn a_module_is_looked_for_once_something_is_there_that_could_run_it() {
        let dir = tempfile::tempdir().unwrap();
        let component = dir.path().join("python.wasm");
        let call = PythonCall {
            module: "book".into(),
            callable: "make".into(),
            component: component.clone(),
            sees_sources_only: true,
        };
        let folders = [dir.path().to_owned()];
        let error = || python(&call, &folders).unwrap_err();
        assert!(error().contains("cannot read"), "{}", error());
        fs::write(component, b"\0asm\x0d\0\x01\0").unwrap();
        assert!(error().contains("there is no module `book`"), "{}", error());
        fs::write(dir.path().join("book.py"), "def make(request, settings): ...").unwrap();
        assert_eq!(python(&call, &folders), Ok(()));
    }
}
