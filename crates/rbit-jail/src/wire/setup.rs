//! The first frame in each direction: what a child is to be, and what it has become.

use std::path::PathBuf;

use rbit_sandbox::Kind;
use serde::{Deserialize, Serialize};

/// What a child is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Init {
    /// The process that started it: with any other as its parent, the child leaves.
    pub parent: u32,
    /// Whether an unknown system call ends the child, instead of being answered as one that the kernel does not have.
    pub is_strict: bool,
    /// What it may use.
    pub limits: ChildLimits,
    /// What it is for.
    pub task: Task,
}

/// Bounds of the operating system on the whole process; none where there is no number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildLimits {
    /// Open files.
    pub open_files: Option<u64>,
    /// Bytes of one file.
    pub file_bytes: Option<u64>,
    /// Seconds on processors.
    pub cpu_seconds: Option<u64>,
    /// Bytes of private memory that it may write to.
    pub memory: Option<u64>,
}

/// What a child is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Running the jobs of one runner.
    Run {
        /// The folder in which its jobs have theirs: all that it may write to.
        scratch: PathBuf,
        /// Folders that its jobs may read.
        mounts: Vec<PathBuf>,
        /// The compiled component.
        artifact: PathBuf,
        /// What it is entered as.
        kind: Kind,
        /// Jobs at once.
        max_jobs: usize,
        /// Instances that wait for a job, if they can begin without one.
        ready: usize,
        /// Bytes of the largest linear memory.
        max_memory: u64,
        /// Bytes of a guest's stack.
        stack: u64,
        /// Whether they may make requests: connections then come from the parent, and authorities before the first job.
        has_http: bool,
    },
    /// Compiling one component, with no file in sight.
    Compile {
        /// What it must be.
        kind: Kind,
    },
    /// Giving up what a child that runs jobs gives up, and saying so.
    Look {
        /// A folder to write to.
        scratch: PathBuf,
        /// Whether as one whose guests may make requests.
        has_http: bool,
    },
}

/// What a child has become.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Whether nothing that it could execute would give it new rights.
    pub no_new_privs: bool,
    /// Its view of files, network and other processes.
    pub landlock: Landlock,
    /// The system calls that are left to it.
    pub seccomp: Seccomp,
    /// What it may use of files, processors and memory.
    pub limits: Rlimits,
    /// How long each step took.
    pub steps: Vec<Step>,
}

/// Limits of a process, as the kernel has them; none where there is no number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rlimits {
    /// Bytes of a core dump.
    pub core_bytes: Option<u64>,
    /// Open files.
    pub open_files: Option<u64>,
    /// Bytes of one file.
    pub file_bytes: Option<u64>,
    /// Seconds on processors.
    pub cpu_seconds: Option<u64>,
    /// Bytes of private memory that it may write to.
    pub memory: Option<u64>,
}

/// How far landlock is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Landlock {
    /// The version that the kernel and this program know both; 0 if there is none.
    pub abi: u8,
    /// Whether anything is enforced.
    pub is_enforced: bool,
}

impl Landlock {
    /// Since this version TCP can be refused.
    pub const TCP: u8 = 4;
    /// Since this version signals to other processes and their abstract sockets can be refused.
    pub const SCOPES: u8 = 6;
}

/// The filter of system calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seccomp {
    /// Whether it is in force.
    pub is_enforced: bool,
    /// Whether an unknown call ends the process.
    pub is_strict: bool,
    /// System calls that are let through, some for certain arguments alone.
    pub allowed: usize,
}

/// A step of a child's start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What was done.
    pub name: String,
    /// How long it took.
    pub micros: u64,
}
