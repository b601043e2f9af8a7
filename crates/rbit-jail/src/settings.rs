//! What a process executor is made for.

use std::{path::PathBuf, sync::Arc};

use rbit_cgroup::{Groups, NoGroups};
use rbit_sandbox::{CacheSettings, SandboxSettings};

/// What must be known before the first job.
#[derive(Clone, Debug)]
pub struct JailSettings {
    /// What is started as a child: a program whose `main` begins with [`enter`](crate::enter).
    pub program: PathBuf,
    /// The folder in which, at whatever depth, each runner has one of its name, with the folders of its jobs in that.
    pub scratch: PathBuf,
    /// Where compiled components are kept. It is made if need be, for this user alone.
    pub artifacts: CacheSettings,
    /// What guests may do, over all runners. Its own cache is not used.
    pub guests: SandboxSettings,
    /// Bytes of memory that compiling a component may take.
    pub compile_memory: u64,
    /// Whether a system call that is not known to be needed ends the child: for tests, which must find such calls.
    pub is_strict: bool,
    /// Where each child gets a control group of its own, or why none does.
    pub groups: Arc<Result<Groups, NoGroups>>,
}

impl JailSettings {
    /// The usual settings: children are this very program, whatever has become of its file since it was started. They get no groups.
    pub fn new(scratch: PathBuf, artifacts: CacheSettings, guests: SandboxSettings) -> Self {
        Self {
            program: "/proc/self/exe".into(),
            scratch,
            artifacts,
            guests,
            compile_memory: 4 << 30,
            is_strict: cfg!(debug_assertions),
            groups: Arc::new(Err(NoGroups::Unwanted)),
        }
    }
}
