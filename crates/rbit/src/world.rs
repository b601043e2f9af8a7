//! What this box answers to the questions of a configuration.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
    sync::Arc,
};

use rbit_config::{MAX_VALUE_FILE, World};
use rbit_job::Processor;
use rbit_sandbox::Sandbox;

/// This machine, and the sandbox that would run its guests.
pub(crate) struct Box {
    sandbox: Option<Arc<Sandbox>>,
}

impl Box {
    /// A box that loads each component and checks that it is a runner. What it has loaded, the sandbox has ready.
    pub(crate) fn inspecting(sandbox: Arc<Sandbox>) -> Self {
        Self { sandbox: Some(sandbox) }
    }

    /// A box that takes components for what they are said to be: for commands that run none, or that find out when they do.
    pub(crate) fn trusting() -> Self {
        Self { sandbox: None }
    }

    fn component(&self, file: &Path) -> Result<(), String> {
        match &self.sandbox {
            Some(sandbox) => sandbox.inspect(file).map(drop).map_err(|error| chain(&*error)),
            None => Ok(()),
        }
    }
}

impl World for Box {
    fn runner(&self, processor: &Processor) -> Result<(), String> {
        match processor {
            Processor::Wasm { file } => self.component(file),
            Processor::Python { .. } => Err("`python!` runners are read but not run by this version".to_owned()),
            Processor::Shell { .. } => Err("`shell!` runners are read but not run by this version".to_owned()),
        }
    }

    fn writable_folder(&self, path: &Path) -> Result<(), String> {
        let Some(existing) = path.ancestors().find(|ancestor| ancestor.exists()) else {
            return Err("no part of it is there".to_owned());
        };
        if !existing.is_dir() {
            return Err(format!("`{}` is no folder", existing.display()));
        }
        rustix::fs::access(existing, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK)
            .map_err(|errno| format!("cannot write in `{}`: {}", existing.display(), io::Error::from(errno)))
    }

    fn is_folder(&self, path: &Path) -> bool {
        fs::read_dir(path).is_ok()
    }

    fn read_file(&self, path: &Path) -> io::Result<String> {
        let mut text = String::new();
        File::open(path)?.take(MAX_VALUE_FILE + 1).read_to_string(&mut text)?;
        Ok(text)
    }
}

/// An error and its causes on one line.
fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_can_be_made_counts_as_writable_and_a_file_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let this = Box::trusting();
        assert_eq!(this.writable_folder(&dir.path().join("a/b/c")), Ok(()));
        assert!(this.writable_folder(&file.join("a")).is_err());
    }

    #[test]
    fn runners_of_later_versions_are_refused_by_name() {
        let python = Processor::Python {
            module: "m".into(),
            callable: "f".into(),
        };
        let error = Box::trusting().runner(&python).unwrap_err();
        assert!(error.contains("python!"), "{error}");
    }
}
