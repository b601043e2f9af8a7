//! Reading and checking a whole configuration.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{Problem, Settings, Surroundings, ini, names, overrides, reader::Reader, resolve::resolve};

/// What came of checking a configuration.
#[derive(Debug)]
pub struct Checked {
    /// What it means; there exactly if there are no problems.
    pub settings: Option<Settings>,
    /// Every mistake: those of the file in the order of its lines, then those of variables and flags.
    pub problems: Vec<Problem>,
    /// What is no mistake, but may surprise, in the same order.
    pub notes: Vec<Problem>,
}

/// Reads and checks an INI file. Relative paths in it begin at its folder.
///
/// Mistakes in the file are in the result; an error means that the file could not be read as text.
pub fn load(file: &Path, surroundings: &Surroundings<'_>) -> Result<Checked, LoadError> {
    let text = text_of(file)?;
    let absolute = std::path::absolute(file).map_err(|source| LoadError::Open {
        path: file.into(),
        source,
    })?;
    Ok(check(&text, file, folder_of(&absolute), surroundings))
}

/// Checks the text of an INI file that is called `file`. Relative paths in it begin at the folder of that name, which is not
/// made absolute.
pub fn read(text: &str, file: &Path, surroundings: &Surroundings<'_>) -> Checked {
    check(text, file, folder_of(file), surroundings)
}

fn check(text: &str, file: &Path, folder: &Path, surroundings: &Surroundings<'_>) -> Checked {
    let file = Arc::from(file);
    let (mut raw, problems) = ini::parse(text, &file);
    let mut findings = names::check(&mut raw);
    findings.problems.extend(problems);
    overrides::apply(&mut raw, folder, surroundings, &mut findings.problems);
    let mut reader = Reader::new(raw, file, folder, surroundings, findings);
    let settings = resolve(&mut reader);
    let (mut problems, mut notes) = (reader.findings.problems, reader.findings.notes);
    problems.sort_by_key(|problem| problem.origin.rank());
    notes.sort_by_key(|note| note.origin.rank());
    Checked {
        settings: settings.filter(|_| problems.is_empty()),
        problems,
        notes,
    }
}

/// What a check found.
#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) problems: Vec<Problem>,
    pub(crate) notes: Vec<Problem>,
}

/// Why an INI file could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// It is not there, or may not be read.
    #[error("cannot read `{}`", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It has more bytes than [`MAX_FILE`].
    #[error("cannot read `{}`: it has more than {MAX_FILE} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// It is not UTF-8.
    #[error("{}:{line}: the line is not UTF-8 text", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The first line that cannot be read, counted from 1.
        line: usize,
    },
}

/// The most bytes that an INI file may have.
pub const MAX_FILE: u64 = 1 << 20;

fn text_of(file: &Path) -> Result<String, LoadError> {
    let path = || file.to_path_buf();
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|open| open.take(MAX_FILE + 1).read_to_end(&mut bytes))
        .map_err(|source| LoadError::Open { path: path(), source })?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(LoadError::TooLarge { path: path() });
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
        LoadError::NotText {
            path: path(),
            line: valid.filter(|byte| **byte == b'\n').count() + 1,
        }
    })
}

fn folder_of(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_text_is_refused_with_its_first_bad_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rbit.ini");
        std::fs::write(&file, b"[rbit]\n# caf\xe9\n").unwrap();
        assert!(matches!(text_of(&file), Err(LoadError::NotText { line: 2, .. })));
    }

    #[test]
    fn a_file_that_has_no_end_is_not_read_to_it() {
        assert!(matches!(
            text_of(Path::new("/dev/zero")),
            Err(LoadError::TooLarge { .. })
        ));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        assert_eq!(
            text_of(Path::new("/no/rbit.ini")).unwrap_err().to_string(),
            "cannot read `/no/rbit.ini`"
        );
    }
}
