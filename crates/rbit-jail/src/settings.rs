//! What a process executor is made for.

use std::{path::PathBuf, time::Duration};

/// What must be known before the first job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JailSettings {
    /// What is started as a child: a program whose `main` begins with [`enter`](crate::enter).
    pub program: PathBuf,
    /// The folder in which, at whatever depth, each runner has one of its name, with the folders of its jobs in that.
    pub scratch: PathBuf,
    /// Where compiled components are kept. It is made if need be, for this user alone.
    pub artifacts: PathBuf,
    /// Bytes that they may have together.
    pub artifact_bytes: u64,
    /// Jobs that run at the same time, over all runners; at least one.
    pub max_jobs: usize,
    /// Bytes: the largest `memory` limit of any runner. A component that begins with more is refused before its first job.
    pub max_memory: u64,
    /// Bytes that the linear memories of all of them may have together. A job waits for room.
    pub memory_budget: u64,
    /// Bytes of a guest's stack.
    pub stack: u64,
    /// Bytes that the file of a component may have.
    pub component_size: u64,
    /// How long a component may be compiled.
    pub compile_time: Duration,
    /// Bytes of memory that compiling it may take.
    pub compile_memory: u64,
    /// Whether a system call that is not known to be needed ends the child: for tests, which must find such calls.
    pub is_strict: bool,
}

impl JailSettings {
    /// The usual settings: children are this very program, whatever has become of its file since it was started.
    pub fn new(scratch: PathBuf, artifacts: PathBuf, max_jobs: usize) -> Self {
        Self {
            program: "/proc/self/exe".into(),
            scratch,
            artifacts,
            artifact_bytes: 2 << 30,
            max_jobs,
            max_memory: 4 << 30,
            memory_budget: u64::MAX,
            stack: 1 << 20,
            component_size: 64 << 20,
            compile_time: Duration::from_secs(120),
            compile_memory: 4 << 30,
            is_strict: cfg!(debug_assertions),
        }
    }
}
