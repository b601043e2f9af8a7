//! A case: what runs, and what must come of it.

use std::path::{Path, PathBuf};

use rbit_job::{Attempt, Digest, JobId, JobRequest, OutcomeKind, Reason, Transport, http::UrlPattern};
use regex::Regex;
use serde_json::Value;

use crate::file::{AnswerFile, ArtifactFile, CaseFile, ExpectFile, LogFile, MadeFile, RequestFile};

/// A case with what its suite adds, checked. Paths are those of its files, from their folders; none of them was read.
#[derive(Clone, Debug)]
pub struct Case {
    /// The runner's line, as in an INI file.
    pub runner: String,
    /// Where the paths of that line begin.
    pub runner_folder: PathBuf,
    /// What the job is.
    pub request: Asked,
    /// Which attempt it is.
    pub attempt: Attempt,
    /// Settings of the runner.
    pub settings: Vec<(String, String)>,
    /// Settings whose values are folders.
    pub mounts: Vec<(String, PathBuf)>,
    /// Keys of `[sandbox]`.
    pub sandbox: Vec<(String, String)>,
    /// Answers to requests.
    pub answers: Vec<Answer>,
    /// What must come of it.
    pub expect: Expect,
}

/// Where the job's request is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// In the case.
    Here(Box<JobRequest>),
    /// In a file, as a message has it.
    File(PathBuf),
}

/// An answer to a request of the guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The method of the request.
    pub method: String,
    /// Its URL.
    pub url: UrlPattern,
    /// Fields that it must have.
    pub request_headers: Vec<(String, String)>,
    /// What its body must be.
    pub request_body: Option<String>,
    /// How often the answer can be given.
    pub times: Option<u32>,
    /// Its status.
    pub status: u16,
    /// Its fields.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Content,
}

/// The bytes of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Those of a text.
    Text(String),
    /// Those of a file.
    File(PathBuf),
}

/// What must come of a case.
#[derive(Clone, Debug)]
pub struct Expect {
    /// The kind of its outcome.
    pub outcome: OutcomeKind,
    /// Its reason code.
    pub reason: Option<Reason>,
    /// Its text.
    pub text: TextRule,
    /// The files that are delivered.
    pub artifacts: Vec<ExpectedFile>,
    /// The requests that are made; they are not looked at without a list.
    pub requests: Option<Vec<ExpectedRequest>>,
    /// Standard output and standard error, whole.
    pub streams: [Option<String>; 2],
    /// What lines contain.
    pub log_contains: Vec<String>,
    /// What matches in lines.
    pub log_matches: Vec<Regex>,
    /// What no line contains.
    pub log_lacks: Vec<String>,
}

/// What a text must be.
#[derive(Clone, Debug, Default)]
pub struct TextRule {
    /// Exactly this.
    pub whole: Option<String>,
    /// Something with each of these in it.
    pub contains: Vec<String>,
    /// Something in which this matches.
    pub matches: Option<Regex>,
}

/// A file that must be delivered.
#[derive(Clone, Debug)]
pub struct ExpectedFile {
    /// Its name below the output folder.
    pub name: String,
    /// What it says.
    pub text: TextRule,
    /// A file with the same bytes.
    pub file: Option<PathBuf>,
    /// Its digest.
    pub sha256: Option<Digest>,
    /// Its length.
    pub size: Option<u64>,
    /// Pointers into its JSON, and the values there.
    pub json: Vec<(String, Value)>,
}

/// Requests that must have been made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedRequest {
    /// Their method.
    pub method: String,
    /// Their URL.
    pub url: UrlPattern,
    /// Whether they were refused.
    pub is_refused: bool,
    /// How many.
    pub times: u32,
}

/// Why a case cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaseError {
    /// It is no TOML, or has a key or a value that no case has.
    #[error("`{}` cannot be read: {text}", path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// Where, and what is wrong.
        text: String,
    },
    /// Something that a case must have is neither here nor in the suite.
    #[error("`{key}` is missing, and no `suite.toml` has it")]
    Missing {
        /// The key.
        key: &'static str,
    },
    /// A value that cannot be used.
    #[error("`{key}` cannot be used: {why}")]
    Value {
        /// The key.
        key: String,
        /// What is wrong with it.
        why: String,
    },
}

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

impl RequestFile {
    fn over(self, below: Self) -> Self {
        Self {
            job: self.job.or(below.job),
            package: self.package.or(below.package),
            version: self.version.or(below.version),
            arch: self.arch.or(below.arch),
            suite: self.suite.or(below.suite),
            dist: self.dist.or(below.dist),
            format: self.format.or(below.format),
            build_env: self.build_env.or(below.build_env),
            master: self.master.or(below.master),
            commands: self.commands.or(below.commands),
            timestamp: self.timestamp.or(below.timestamp),
            transport: crate::file::TransportFile {
                method: self.transport.method.or(below.transport.method),
                uri: self.transport.uri.or(below.transport.uri),
                vcs_id: self.transport.vcs_id.or(below.transport.vcs_id),
            },
        }
    }

    fn resolved(self) -> Result<JobRequest, CaseError> {
        let or = |value: Option<String>, default: &str| value.unwrap_or_else(|| default.to_owned());
        let job = self.job.unwrap_or(1).to_string();
        Ok(JobRequest {
            job: JobId::new(job).map_err(|error| wrong("request.job", &error.to_string()))?,
            web_host: None,
            package: or(self.package, "package"),
            version: or(self.version, "1"),
            arch: or(self.arch, "any"),
            suite: or(self.suite, "suite"),
            dist: or(self.dist, "dist"),
            format: or(self.format, "format"),
            build_env: self.build_env,
            master: self.master.unwrap_or(true),
            transport: Transport {
                method: or(self.transport.method, "http"),
                uri: Some(self.transport.uri.unwrap_or_default()),
                vcs_id: Some(self.transport.vcs_id.unwrap_or_default()),
            },
            commands: self.commands,
            timestamp: self.timestamp,
        })
    }
}

impl AnswerFile {
    fn resolved(self) -> Result<Answer, CaseError> {
        let body = match (self.body, self.body_file) {
            (Some(_), Some(_)) => return Err(wrong("http.body", "there is a `body-file`, too")),
            (None, Some(file)) => Content::File(file.into()),
            (body, None) => Content::Text(body.unwrap_or_default()),
        };
        let status = self.status.unwrap_or(200);
        if !(100..=599).contains(&status) {
            return Err(wrong("http.status", &format!("`{status}` is no status")));
        }
        Ok(Answer {
            method: self.method,
            url: UrlPattern::new(self.url),
            request_headers: self.request_headers.0,
            request_body: self.request_body,
            times: self.times,
            status,
            headers: self.headers.0,
            body,
        })
    }
}

impl ExpectFile {
    fn resolved(self) -> Result<Expect, CaseError> {
        let reason = self.reason.map(|word| {
            let known = Reason::ALL.into_iter().find(|reason| reason.as_str() == word);
            known.ok_or_else(|| wrong("expect.reason", &format!("`{word}` is no reason code")))
        });
        let LogFile {
            stdout,
            stderr,
            contains,
            matches,
            lacks,
        } = self.log;
        let matches = matches.0.iter().map(|text| regex("expect.log.matches", text));
        Ok(Expect {
            outcome: self.outcome.unwrap_or(OutcomeKind::Done),
            reason: reason.transpose()?,
            text: TextRule::new(
                "expect.text-matches",
                self.text,
                self.text_contains.0,
                self.text_matches,
            )?,
            artifacts: self
                .artifacts
                .into_iter()
                .map(ArtifactFile::resolved)
                .collect::<Result<_, _>>()?,
            requests: self
                .requests
                .map(|requests| requests.into_iter().map(MadeFile::resolved).collect()),
            streams: [stdout, stderr],
            log_contains: contains.0,
            log_matches: matches.collect::<Result<_, _>>()?,
            log_lacks: lacks.0,
        })
    }
}

impl ArtifactFile {
    fn resolved(self) -> Result<ExpectedFile, CaseError> {
        let sha256 = self.sha256.map(|text| {
            let why = "it is no SHA-256 digest: 64 lower-case hexadecimal digits";
            Digest::parse(&text).ok_or_else(|| wrong("expect.artifacts.sha256", why))
        });
        if let Some((pointer, _)) = self
            .json
            .iter()
            .find(|(pointer, _)| !pointer.is_empty() && !pointer.starts_with('/'))
        {
            return Err(wrong(
                "expect.artifacts.json",
                &format!("`{pointer}` does not begin with `/`"),
            ));
        }
        Ok(ExpectedFile {
            name: self.name,
            text: TextRule::new("expect.artifacts.matches", self.text, self.contains.0, self.matches)?,
            file: self.file.map(PathBuf::from),
            sha256: sha256.transpose()?,
            size: self.size,
            json: self.json.into_iter().collect(),
        })
    }
}

impl MadeFile {
    fn resolved(self) -> ExpectedRequest {
        ExpectedRequest {
            method: self.method,
            url: UrlPattern::new(self.url),
            is_refused: self.refused,
            times: self.times.unwrap_or(1),
        }
    }
}

impl TextRule {
    fn new(
        key: &str,
        whole: Option<String>,
        contains: Vec<String>,
        matches: Option<String>,
    ) -> Result<Self, CaseError> {
        Ok(Self {
            whole,
            contains,
            matches: matches.map(|text| regex(key, &text)).transpose()?,
        })
    }
}

fn regex(key: &str, text: &str) -> Result<Regex, CaseError> {
    Regex::new(text).map_err(|error| wrong(key, &error.to_string()))
}

fn wrong(key: &str, why: &str) -> CaseError {
    CaseError::Value {
        key: key.to_owned(),
        why: why.to_owned(),
    }
}

/// Settings that every runner gets.
const RESERVED: [&str; 2] = ["runner", "output-dir"];
/// The clock of a case that names none.
const DEFAULT_CLOCK: &str = "2001-02-03T04:05:06Z";
/// Its random numbers.
const DEFAULT_RANDOM: &str = "seed:1";

#[cfg(test)]
mod tests;
