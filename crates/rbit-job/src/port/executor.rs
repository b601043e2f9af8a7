//! What runs a plan.

use std::{future::Future, path::PathBuf, pin::Pin, sync::Arc};

use async_trait::async_trait;

use crate::{Ending, Plan, Usage, http::HttpExchange};

/// Runs plans, each in a sandbox of its own.
#[async_trait]
pub trait Executor: Send + Sync {
    /// Runs one plan to its end.
    ///
    /// It comes back within 100 ms of `stop` resolving or of the plan's timeout, whatever the guest does, and when it does come
    /// back nothing of the guest runs any more: no file in `folders` changes after that. It never panics and never hangs.
    async fn execute(&self, plan: &Plan, folders: &Folders, log: Arc<dyn GuestLog>, stop: StopSignal) -> Execution;
}

/// How an execution went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// What the guest returned: names of files, in its own words, to be believed in nothing. Or why there is no such list.
    pub result: Result<Vec<String>, Ending>,
    /// What it used, in either case.
    pub usage: Usage,
}

/// The folders of the host that one execution may write to. They are empty, exist for this execution alone, and everything in
/// them is hostile afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// Becomes `/work`.
    pub work: PathBuf,
    /// Becomes `/output`.
    pub output: PathBuf,
}

/// Resolves when the execution must stop, and says why. Never resolves otherwise.
pub type StopSignal = Pin<Box<dyn Future<Output = StopCause> + Send>>;

/// Why an execution must stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopCause {
    /// Somebody called the job off.
    Cancel,
    /// The box is leaving and its grace is over.
    Drain,
}

impl From<StopCause> for Ending {
    fn from(cause: StopCause) -> Self {
        match cause {
            StopCause::Cancel => Self::Cancelled,
            StopCause::Drain => Self::Interrupted,
        }
    }
}

/// Takes what is to be known of a guest while it runs: what it prints, a line at a time, and where its requests go.
pub trait GuestLog: Send + Sync {
    /// One line without its end. It is bounded in length and free of control characters, but the words are the guest's.
    fn line(&self, stream: GuestStream, line: &str);

    /// One HTTP request of the guest, when it is over: what is needed to know afterwards where it went.
    fn exchange(&self, exchange: &HttpExchange);
}

/// Where a guest printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuestStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl GuestStream {
    /// `stdout` or `stderr`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}
