//! The keys of `[runner:NAME]` that mean something to rbit; all others are the guest's.

use rbit_job::python_call;

use crate::{
    key::{Form, Key, ListedKey, Section},
    value::path,
};

pub(crate) const SECTION: Section = Section {
    name: "runner",
    form: Form::Named,
    keys: &KEYS,
    is_open: true,
};

const KEYS: [ListedKey; 4] = [
    RUNNER.listed(),
    OUTPUT_DIR.listed(),
    COMMAND_PATH.listed(),
    PYTHON_PATH.listed(),
];

/// What is run; its processor decides how the rest is read.
pub(crate) const RUNNER: Key<String> = Key::new("runner", |text| Ok(text.to_owned()));
/// Where files are delivered.
pub(crate) const OUTPUT_DIR: Key<String> = Key::new("output-dir", path::parse);
/// Where the command of `shell!` or `native!` is looked for: a list of folders; without it, the folder of the file for the one, and for
/// the other where the system has its programs.
pub(crate) const COMMAND_PATH: Key<String> = Key::new("command-path", path::parse);
/// Where modules of `python!` are: a list of folders; without it, the folder of the file.
pub(crate) const PYTHON_PATH: Key<String> = Key::new(python_call::PYTHON_PATH, path::parse);
