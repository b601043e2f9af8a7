//! What only the world outside the file can answer.

use std::{io, path::Path};

use rbit_job::Processor;

/// The questions that a check asks of the box; the program answers them.
pub trait World {
    /// Whether what a processor names is there and is a runner. The error says why not: a phrase such as "no such file".
    fn runner(&self, processor: &Processor) -> Result<(), String>;

    /// Whether the folder is there, or can be made, and rbit may write in it. The error says why not.
    fn writable_folder(&self, path: &Path) -> Result<(), String>;

    /// Whether the folder is there and may be read.
    fn is_folder(&self, path: &Path) -> bool;

    /// The text of a file that a `_FILE` variable names. Reading more than [`MAX_VALUE_FILE`] bytes is of no use: a longer text
    /// is refused.
    fn read_file(&self, path: &Path) -> io::Result<String>;
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

    fn writable_folder(&self, _: &Path) -> Result<(), String> {
        Ok(())
    }

    fn is_folder(&self, _: &Path) -> bool {
        true
    }

    fn read_file(&self, _: &Path) -> io::Result<String> {
        Err(io::ErrorKind::NotFound.into())
    }
}
