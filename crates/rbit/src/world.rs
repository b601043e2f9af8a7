//! What this box answers to the questions of a configuration.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use rbit_amqp::{TlsError, TlsPart};
use rbit_config::{MAX_VALUE_FILE, TlsFile, TlsSettings, TlsWrong, World};
use rbit_job::{Processor, error_chain};
use rustix::fs::Access;

use crate::{guests::Guests, native, python, wiring};

/// This machine, and what is wanted of it.
pub(crate) enum ThisBox {
    /// It loads each component and checks that it is a runner. What it has loaded, the sandbox has ready.
    Inspecting(Arc<Guests>),
    /// It takes runners and folders for what they are said to be: for commands that use neither.
    Trusting,
    /// It runs one job: it needs the values of secrets and what runs Python, but what is wrong with its module or its folders is what
    /// the job ends with.
    ForAJob,
}

impl ThisBox {
    fn is_inspecting(&self) -> bool {
        matches!(self, Self::Inspecting(_))
    }
}

impl World for ThisBox {
    fn runner(&self, processor: &Processor) -> Result<(), String> {
        let Self::Inspecting(guests) = self else { return Ok(()) };
        match processor {
            Processor::Wasm { file, sha256 } => guests
                .inspect(file, sha256.as_deref())
                .map(drop)
                .map_err(|error| error_chain(&*error)),
            Processor::Python(call) => guests.inspect_ahead(&call.component),
            Processor::Native(line) => native::check(line),
            Processor::Shell(line) => guests
                .inspect_command(line)
                .map(drop)
                .map_err(|error| error_chain(&*error)),
        }
    }

    fn python_component(&self, asked: Option<&Path>) -> Result<PathBuf, String> {
        match self {
            Self::Inspecting(_) => python::find(asked),
            Self::Trusting => Ok(asked.map(Path::to_owned).unwrap_or_default()),
            // Not the runner of the job may be the one that needs it: `alone::present` asks again for the one that does.
            Self::ForAJob => Ok(python::find(asked).unwrap_or_default()),
        }
    }

    fn python_callable(&self, folders: &[PathBuf], module: &str, callable: &str) -> Result<(), String> {
        match self {
            Self::Inspecting(_) => python::check(folders, module, callable),
            Self::Trusting | Self::ForAJob => Ok(()),
        }
    }

    fn runs_guests(&self) -> bool {
        !matches!(self, Self::Trusting)
    }

    fn writable_folder(&self, path: &Path) -> Result<(), String> {
        if self.is_inspecting() {
            can_be_written(path)
        } else {
            Ok(())
        }
    }

    fn is_folder(&self, path: &Path) -> bool {
        fs::read_dir(path).is_ok()
    }

    fn tls(&self, files: &TlsSettings) -> Vec<TlsWrong> {
        if !self.is_inspecting() {
            return Vec::new();
        }
        let mistakes = wiring::tls_settings(files).mistakes();
        mistakes.iter().map(tls_wrong).collect()
    }

    fn read_file(&self, path: &Path) -> io::Result<String> {
        // A pipe would make us wait for whoever writes to it.
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        let mut text = String::new();
        File::open(path)?.take(MAX_VALUE_FILE + 1).read_to_string(&mut text)?;
        Ok(text)
    }
}

/// An error of the adapter, without the name of the file, which the configuration has.
fn tls_wrong(error: &TlsError) -> TlsWrong {
    let file = match error.part() {
        TlsPart::Authorities => TlsFile::Authorities,
        TlsPart::Certificate => TlsFile::Certificate,
        TlsPart::Key => TlsFile::Key,
    };
    let why = match error {
        TlsError::Read { source, .. } => error_chain(&**source),
        other => error_chain(other),
    };
    TlsWrong { file, why }
}

/// Whether a folder is there to be written in, or can be made where it is not.
fn can_be_written(path: &Path) -> Result<(), String> {
    let Some(existing) = path.ancestors().find(|ancestor| ancestor.exists()) else {
        return Err("no part of it is there".to_owned());
    };
    if !existing.is_dir() {
        return Err(format!("`{}` is no folder", existing.display()));
    }
    rustix::fs::access(existing, Access::WRITE_OK | Access::EXEC_OK)
        .map_err(|errno| format!("cannot write in `{}`: {}", existing.display(), io::Error::from(errno)))
}

#[cfg(test)]
mod tests {
    use rbit_job::CommandLine;

    use super::*;

    #[test]
    fn a_folder_that_can_be_made_counts_as_writable_and_a_file_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(can_be_written(&dir.path().join("a/b/c")), Ok(()));
        assert!(can_be_written(&file.join("a")).is_err());
    }

    #[test]
    fn a_command_that_is_nowhere_is_refused_unless_the_file_is_trusted() {
        let dir = tempfile::tempdir().unwrap();
        let line = CommandLine::new(vec!["m".into()], vec![dir.path().join("m.wasm")]).unwrap();
        let shell = Processor::Shell(line);
        let this_box = ThisBox::Inspecting(Arc::new(Guests::to_look_at(None).unwrap()));
        assert!(this_box.runner(&shell).unwrap_err().contains("m.wasm"));
        assert_eq!(ThisBox::Trusting.runner(&shell), Ok(()));
    }

    #[test]
    fn a_value_is_never_read_from_a_pipe() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        assert!(ThisBox::Trusting.read_file(&pipe).is_err());
    }
}
