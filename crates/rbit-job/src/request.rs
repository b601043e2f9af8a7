//! A build request as PyBit sends it, decoded to plain data.

mod class;
mod decode;
mod error;
mod node;
mod numbering;
mod place;
mod reference;

use serde::{Deserialize, Serialize};

pub use self::error::DecodeError;
use crate::JobId;

/// What a message asks for. Attributes that rbit has no use for stay in the message's own bytes, which a retry copy keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRequest {
    /// `job.id`.
    pub job: JobId,
    /// `web_host`: where the front-end says it listens, `host:port`. Not to be believed: see `rbit-pybit`.
    pub web_host: Option<String>,
    /// `job.packageinstance.package.name`: the id of a module or collection.
    pub package: String,
    /// `job.packageinstance.package.version`.
    pub version: String,
    /// `job.packageinstance.arch.name`.
    pub arch: String,
    /// `job.packageinstance.suite.name`.
    pub suite: String,
    /// `job.packageinstance.distribution.name`.
    pub dist: String,
    /// `job.packageinstance.format.name`.
    pub format: String,
    /// `job.packageinstance.build_env.name`; PyBit before 0.5 has no build environments.
    pub build_env: Option<String>,
    /// `job.packageinstance.master`: the first instance of its build environment. True where the message is silent, as in PyBit.
    pub master: bool,
    /// `transport`: where the sources are.
    pub transport: Transport,
    /// `commands`: build commands of PyBit 0.2 to 0.4.2. A list of texts, which only foreign producers send, has become lines.
    pub commands: Option<String>,
    /// `timestamp`: Unix seconds, in requests that were published again.
    pub timestamp: Option<u64>,
}

/// Where the sources of a package are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transport {
    /// `method`: free text; `http`, `git`, `svn`, `apt` are known.
    pub method: String,
    /// `uri`; null only from foreign producers.
    pub uri: Option<String>,
    /// `vcs_id`: a version in the terms of the method; often empty.
    pub vcs_id: Option<String>,
}

impl JobRequest {
    /// The largest body that is looked at, in bytes. PyBit's have about 800.
    pub const MAX_BODY: usize = 256 * 1024;

    /// The longest text that a request may hold, in bytes of UTF-8.
    pub const MAX_TEXT: usize = 4 * 1024;

    /// The latest `timestamp`: the end of the year 9999.
    pub const MAX_TIMESTAMP: u64 = 253_402_300_799;
}

/// A request for the tests of this crate.
#[cfg(test)]
pub(crate) fn sample() -> JobRequest {
    JobRequest {
        job: JobId::new("4").unwrap(),
        web_host: Some("127.0.0.1:18027".into()),
        package: "m9003".into(),
        version: "1.2".into(),
        arch: "any".into(),
        suite: "latex".into(),
        dist: "cnx".into(),
        format: "pdf".into(),
        build_env: None,
        master: true,
        transport: Transport {
            method: "http".into(),
            uri: Some("http://cnx.org/content/".into()),
            vcs_id: Some("latest".into()),
        },
        commands: None,
        timestamp: None,
    }
}
