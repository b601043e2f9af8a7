//! Why a file is no runner.

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use super::NoCommand;
use crate::text;

/// Why a component could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// It cannot be opened.
    #[error("cannot open component `{}`", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The command is in none of the folders in which it is looked for.
    #[error("cannot find the command `{command}`: there is no {files}")]
    NotFound {
        /// What the configuration says.
        command: String,
        /// Where it was looked for, for people.
        files: String,
    },
    /// It is a folder, a pipe, a device.
    #[error("component `{}` is no regular file", path.display())]
    NotAFile {
        /// What is there instead.
        path: PathBuf,
    },
    /// It was opened, and then not read to its end.
    #[error("cannot read component `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Somebody wrote to it while it was read.
    #[error("component `{}` changed while it was read", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// No thread to compile it on, or the thread was lost.
    #[error("cannot compile component `{}` now", path.display())]
    NoThread {
        /// The file.
        path: PathBuf,
    },
    /// The process that was to compile it could not be started, or was ended by somebody else.
    #[error("cannot compile component `{}` now: {why}", path.display())]
    NoCompiler {
        /// The file.
        path: PathBuf,
        /// What became of the process.
        why: String,
    },
    /// What was compiled could not be kept.
    #[error("cannot keep what was compiled from component `{}`", path.display())]
    Keep {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What compiles is busy with other components, and was for as long as one may take.
    #[error("cannot compile component `{}` now: others take too long", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// Everybody who waited for it has gone.
    #[error("component `{}` was given up: nobody waited for it any more", path.display())]
    GivenUp {
        /// The file.
        path: PathBuf,
    },
    /// It is pinned to a digest, and has another.
    #[error("component `{}` has the digest {found}, and is pinned to {expected}", path.display())]
    Pinned {
        /// The file.
        path: PathBuf,
        /// What the configuration says.
        expected: String,
        /// What the file has.
        found: String,
    },
    /// What is in it cannot be run.
    #[error("cannot run component `{}`", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Arc<InvalidComponent>,
    },
}

impl LoadError {
    /// Whether another try may succeed with the same file: something was wrong with this box, not with what is in the file.
    pub fn is_transient(&self) -> bool {
        !matches!(self, Self::Invalid { .. } | Self::Pinned { .. })
    }

    /// Whether it is more than a limit of this box allows.
    pub fn is_limit(&self) -> bool {
        matches!(self, Self::Invalid { source, .. } if source.is_limit())
    }
}

/// What is wrong with the content of a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidComponent {
    /// More bytes than are read.
    #[error("it has {}, more than the limit `component-size`, {}", text::bytes(*size), text::bytes(*max))]
    TooLarge {
        /// Bytes of the file.
        size: u64,
        /// The most there may be.
        max: u64,
    },
    /// A function that the compiler would take too much time and memory for.
    #[error("it has a function of {bytes} bytes; more than {max} are not compiled")]
    HugeFunction {
        /// Its length.
        bytes: u64,
        /// The most there may be.
        max: u64,
    },
    /// Debug information that a reader could not cope with.
    #[error("its debug information cannot be used: {why}; the component can, if it is taken out")]
    DebugInfo {
        /// What is wrong with it.
        why: &'static str,
    },
    /// The compiler was not done in time.
    #[error("it takes longer to compile than the limit `compile-time`, {limit:?}")]
    TooSlow {
        /// How long it may take.
        limit: Duration,
    },
    /// The compiler wanted more memory than there is for it.
    #[error("it takes more memory to compile than the limit `compile-memory`, {}", text::bytes(*limit))]
    TooMuchMemory {
        /// How much it may take.
        limit: u64,
    },
    /// It does not begin like WebAssembly.
    #[error("it is no WebAssembly binary")]
    NotWasm,
    /// A core module that is no implementation of the world it names, or of a runner's.
    #[error("its core module cannot be made a component")]
    Encode(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Broken, or made of what is not offered here: threads, 64-bit memories, garbage collection, asynchronous functions.
    #[error("it does not compile")]
    Compile(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It needs an interface, or a function or version of one, that guests are not given.
    #[error("it imports what this host does not offer")]
    Imports(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It has no `run`, or one with other types.
    #[error("it is no runner of `rbit:runner@0.1` (it exports {exports})")]
    Exports {
        /// What it exports instead, for people.
        exports: String,
        /// What is missing or differs.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It is a component, and not one that is called like a command.
    #[error("it is no command: it exports no `wasi:cli/run` (it exports {exports})")]
    NoRun {
        /// What it exports instead, for people.
        exports: String,
        /// What is missing or differs.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It is a core module, and no command.
    #[error("it is no command: {0}")]
    NoCommand(#[from] NoCommand),
    /// Compiling it takes more time or memory than there is for it.
    #[error("compiling it takes more than it may: {0}")]
    TooCostly(String),
    /// What a compiler in another process said of it.
    #[error("{0}")]
    Refused(String),
    /// The compiler panicked on it.
    #[error("the compiler crashed on it: {0}")]
    Crash(String),
}

impl InvalidComponent {
    fn is_limit(&self) -> bool {
        matches!(
            self,
            Self::TooLarge { .. }
                | Self::HugeFunction { .. }
                | Self::TooSlow { .. }
                | Self::TooMuchMemory { .. }
                | Self::TooCostly(_)
        )
    }
}
