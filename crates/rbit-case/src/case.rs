//! A case: what runs, and what must come of it.

mod answer;
mod error;
mod expect;
mod read;
mod request;

use std::path::PathBuf;

use rbit_job::{Attempt, Digest, JobRequest, OutcomeKind, Reason, http::UrlPattern};
use regex::Regex;
use serde_json::Value;

pub use error::CaseError;
pub use read::Source;

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

#[cfg(test)]
mod tests;
