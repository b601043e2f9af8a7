//! From the texts of a case and of its suite to the case.

use std::path::{Path, PathBuf};

use rbit_job::Attempt;

use super::{Asked, Case, CaseError, error::wrong};
use crate::file::{AnswerFile, CaseFile};

/// A file: its path and its text.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// An absolute path, for folders and messages.
    pub path: &'a Path,
    /// What is in it.
    pub text: &'a str,
}

impl Source<'_> {
    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }

    fn read(&self) -> Result<CaseFile, CaseError> {
        let file: CaseFile = toml_edit::de::from_str(self.text).map_err(|error| CaseError::Toml {
            path: self.path.to_owned(),
            text: error.to_string().trim_end().to_owned(),
        })?;
        Ok(file.anchored(self.folder()))
    }
}

impl Case {
    /// The case of a file, with what the suite above it has.
    pub fn read(case: Source<'_>, suite: Option<Source<'_>>) -> Result<Self, CaseError> {
        let own = case.read()?;
        let below = suite.map(|suite| suite.read()).transpose()?.unwrap_or_default();
        if below.expect.is_some() {
            return Err(wrong("expect", "it belongs to cases, not to a suite"));
        }
        let (runner, runner_folder) = match (&own.runner, &below.runner, suite) {
            (Some(runner), ..) => (runner.clone(), case.folder().to_owned()),
            (None, Some(runner), Some(suite)) => (runner.clone(), suite.folder().to_owned()),
            _ => return Err(CaseError::Missing { key: "runner" }),
        };
        let settings = own.settings.over(below.settings).0;
        if let Some((key, _)) = settings.iter().find(|(key, _)| RESERVED.contains(&key.as_str())) {
            return Err(wrong(&format!("settings.{key}"), "rbit sets it"));
        }
        let request = match own.request_file.or(below.request_file) {
            Some(file) => Asked::File(file.into()),
            None => Asked::Here(Box::new(own.request.over(below.request).resolved()?)),
        };
        let answers = own.http.into_iter().chain(below.http).map(AnswerFile::resolved);
        let paths = |(key, folder): (String, String)| (key, PathBuf::from(folder));
        Ok(Self {
            runner,
            runner_folder,
            request,
            attempt: Attempt::new(own.attempt.or(below.attempt).unwrap_or(1)),
            settings,
            mounts: own.mounts.over(below.mounts).0.into_iter().map(paths).collect(),
            sandbox: sandbox(
                own.sandbox
                    .over(below.sandbox)
                    .0
                    .into_iter()
                    .map(|(key, value)| (key, value.0))
                    .collect(),
            ),
            answers: answers.collect::<Result<_, _>>()?,
            expect: own.expect.unwrap_or_default().resolved()?,
        })
    }
}

/// What runs the same every time unless the case wants it otherwise.
fn sandbox(mut keys: Vec<(String, String)>) -> Vec<(String, String)> {
    for (key, value) in [("clock", DEFAULT_CLOCK), ("random", DEFAULT_RANDOM)] {
        if !keys.iter().any(|(known, _)| known == key) {
            keys.push((key.to_owned(), value.to_owned()));
        }
    }
    keys
}

impl CaseFile {
    /// With paths that begin at the folder of this file.
    fn anchored(mut self, folder: &Path) -> Self {
        let anchor = |path: &mut String| *path = folder.join(&*path).to_string_lossy().into_owned();
        self.request_file.iter_mut().for_each(anchor);
        self.mounts.0.iter_mut().for_each(|(_, path)| anchor(path));
        self.http
            .iter_mut()
            .filter_map(|answer| answer.body_file.as_mut())
            .for_each(anchor);
        let artifacts = self.expect.iter_mut().flat_map(|expect| &mut expect.artifacts);
        artifacts.filter_map(|artifact| artifact.file.as_mut()).for_each(anchor);
        self
    }
}

/// Settings that every runner gets.
const RESERVED: [&str; 2] = ["runner", "output-dir"];
/// The clock of a case that names none.
pub(super) const DEFAULT_CLOCK: &str = "2001-02-03T04:05:06Z";
/// Its random numbers.
const DEFAULT_RANDOM: &str = "seed:1";
