//! What only the world outside the file can answer.

use std::{
    io,
    path::{Path, PathBuf},
};

use rbit_job::Processor;

use crate::TlsSettings;

/// The questions that a check asks of the box; the program answers them.
pub trait World {
    /// Whether what a processor names is there and is a runner. The error says why not: a phrase such as "no such file".
    fn runner(&self, processor: &Processor) -> Result<(), String>;

    /// The component that runs Python: this file, else the one that came with the program. The error says where it was looked for.
    fn python_component(&self, asked: Option<&Path>) -> Result<PathBuf, String>;

    /// Whether a module of this dotted name is in one of the folders, and names this callable. The error says what is not.
    fn python_callable(&self, folders: &[PathBuf], module: &str, callable: &str) -> Result<(), String>;

    /// Whether guests are to be run, or that is tried out: only then secrets are fetched from where they lie.
    fn runs_guests(&self) -> bool;

    /// Whether the folder is there, or can be made, and rbit may write in it. The error says why not.
    fn writable_folder(&self, path: &Path) -> Result<(), String>;

    /// Whether the folder is there and may be read.
    fn is_folder(&self, path: &Path) -> bool;

    /// What is wrong with the files for encrypted connections: each is there, is what it should be, and certificate and key go
    /// together; where no authorities are named, the system knows some.
    fn tls(&self, files: &TlsSettings) -> Vec<TlsWrong>;

    /// The text of a file that a `_FILE` variable names. Reading more than [`MAX_VALUE_FILE`] bytes is of no use: a longer text
    /// is refused.
    fn read_file(&self, path: &Path) -> io::Result<String>;
}

/// One file for encrypted connections that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsWrong {
    /// Which.
    pub file: TlsFile,
    /// Why: a phrase such as "no such file".
    pub why: String,
}

/// A file for encrypted connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsFile {
    /// `ca-file`: whom to believe.
    Authorities,
    /// `cert-file`: who we are.
    Certificate,
    /// `key-file`: the proof of that.
    Key,
}

/// The most bytes that a file named by a `_FILE` variable may have.
pub const MAX_VALUE_FILE: u64 = 64 << 10;

/// A world in which every runner and folder is there, and no file: for looking at the text of an INI file alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct PermissiveWorld;

impl World for PermissiveWorld {
    fn runner(&self, _: &Processor) -> Result<(), String> {
        Ok(())
    }

    fn python_component(&self, asked: Option<&Path>) -> Result<PathBuf, String> {
        Ok(asked.unwrap_or(Path::new("python.wasm")).to_owned())
    }

    fn python_callable(&self, _: &[PathBuf], _: &str, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn runs_guests(&self) -> bool {
        false
    }

    fn writable_folder(&self, _: &Path) -> Result<(), String> {
        Ok(())
    }

    fn is_folder(&self, _: &Path) -> bool {
        true
    }

    fn tls(&self, _: &TlsSettings) -> Vec<TlsWrong> {
        Vec::new()
    }

    fn read_file(&self, _: &Path) -> io::Result<String> {
        Err(io::ErrorKind::NotFound.into())
    }
}
