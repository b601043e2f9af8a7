//! A runner: the INI section that says what serves a queue, with which grants and limits.

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    Chance, CommandLine, GuestPath, JobRequest, Limits, PythonCall, RunnerName,
    http::HttpGrant,
    template::{PathTemplate, UnsafeValue},
};

/// A runner as the configuration describes it, checked and resolved.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runner {
    /// What follows `runner:` in its section's name.
    pub name: RunnerName,
    /// What is run.
    pub processor: Processor,
    /// Where its files are delivered.
    pub output_dir: PathTemplate,
    /// What the guest is told, in the order of the file: every key of the section as it was written, `runner` among them.
    pub settings: Vec<(String, String)>,
    /// Settings whose values are never shown.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// Folders of the host that its guests see read-only.
    pub mounts: Vec<Mount>,
    /// What its guests may use.
    pub limits: Limits,
    /// What they may reach by HTTP; nothing without it.
    #[serde(default)]
    pub http: Option<HttpGrant>,
    /// Their clock and their random numbers.
    #[serde(default)]
    pub chance: Chance,
}

impl Runner {
    /// The values of its secret settings.
    pub fn secret_values(&self) -> impl Iterator<Item = &str> {
        secret_values(&self.settings, &self.secrets)
    }
}

/// The values of the settings that are secrets.
pub(crate) fn secret_values<'a>(
    settings: &'a [(String, String)],
    secrets: &'a [String],
) -> impl Iterator<Item = &'a str> {
    let is_secret = |(key, _): &&(String, String)| secrets.contains(key);
    settings.iter().filter(is_secret).map(|(_, value)| value.as_str())
}

/// Leaves out the settings, among which are secrets.
impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner")
            .field("name", &self.name)
            .field("processor", &self.processor)
            .field("output_dir", &self.output_dir)
            .field("secrets", &self.secrets)
            .field("mounts", &self.mounts)
            .field("limits", &self.limits)
            .field("http", &self.http)
            .field("chance", &self.chance)
            .finish_non_exhaustive()
    }
}

/// What stands before and after the `!` of a `runner` setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Processor {
    /// `wasm!FILE` or `wasm!FILE@sha256:DIGEST`: a component, or a core module that carries a component type.
    Wasm {
        /// An absolute path.
        file: PathBuf,
        /// The only content that is run: 64 lower-case hexadecimal digits.
        sha256: Option<String>,
    },
    /// `python!module.path:callable`: a callable in plain Python source.
    Python(PythonCall),
    /// `shell!command args`: a WASI command with its arguments. In a plan, tokens are replaced.
    Shell(CommandLine),
    /// `native!command args`: a program of the machine with its arguments, outside of WebAssembly. In a plan, tokens are replaced.
    Native(CommandLine),
}

impl Processor {
    /// The names that may stand before the `!`.
    pub const NAMES: [&str; 4] = ["wasm", "python", "shell", "native"];

    /// The same for one request.
    pub fn for_request(&self, request: &JobRequest) -> Result<Self, UnsafeValue> {
        Ok(match self {
            Self::Shell(line) => Self::Shell(line.for_request(request)?),
            Self::Native(line) => Self::Native(line.for_request(request)?),
            same @ (Self::Wasm { .. } | Self::Python { .. }) => same.clone(),
        })
    }

    /// Whether whatever lies in the output folder at the end is to be delivered: a command returns no names of files.
    pub fn delivers_everything(&self) -> bool {
        matches!(self, Self::Shell(_) | Self::Native(_))
    }
}

impl fmt::Display for Processor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wasm { file, sha256: None } => write!(f, "wasm!{}", file.display()),
            Self::Wasm {
                file,
                sha256: Some(digest),
            } => write!(f, "wasm!{}@sha256:{digest}", file.display()),
            Self::Python(call) => write!(f, "python!{call}"),
            Self::Shell(line) => write!(f, "shell!{line}"),
            Self::Native(line) => write!(f, "native!{line}"),
        }
    }
}

/// A folder of the host that a guest sees read-only as [`Mount::guest_path`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// The setting whose value is the folder.
    pub setting: String,
    /// The folder: an absolute path of the host.
    pub host: PathBuf,
    /// Where the guest finds it, if that was chosen: a [`GuestPath`].
    #[serde(default)]
    pub at: Option<GuestPath>,
}

impl Mount {
    /// Where the guest finds it: the chosen path, else `/mnt/<setting>`.
    pub fn guest_path(&self) -> String {
        match &self.at {
            Some(path) => path.as_str().to_owned(),
            None => format!("/mnt/{}", self.setting),
        }
    }
}
