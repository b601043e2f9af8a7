//! What a sandbox is made for.

use std::{path::PathBuf, time::Duration};

/// What must be known before the first job, because it counts for all of them.
///
/// ```
/// use rbit_sandbox::SandboxSettings;
/// let settings = SandboxSettings { max_jobs: 4, ..SandboxSettings::default() };
/// assert_eq!(settings.stack, 1 << 20);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxSettings {
    /// Jobs that run at the same time, at least one. Further ones wait until one of these has ended. Default one.
    pub max_jobs: usize,
    /// Bytes: the largest `memory` limit of any runner. One linear memory never has more, whatever a plan says. Default 64 MiB.
    pub max_memory: u64,
    /// Bytes that the linear memories of all jobs may have together. A job waits until there is room for its `memory` limit. No
    /// limit by default.
    pub memory_budget: u64,
    /// Bytes of a guest's stack. Default 1 MiB.
    pub stack: u64,
    /// Bytes that the file of a component may have. Default 64 MiB.
    pub component_size: u64,
    /// How long a component may take to be compiled. Default two minutes.
    pub compile_time: Duration,
    /// Whether jobs go on with the component that was loaded last from a file which is gone now, or holds none. Off by default.
    pub keeps_last_component: bool,
    /// Where compiled components are kept for the next start. None by default.
    pub cache: Option<CacheSettings>,
    /// Instances of the component that runs Python that are kept ready for a job each. None by default.
    pub ready: usize,
    /// Files of certificates, in PEM, of authorities that guests' HTTP requests believe besides the system's. None, as by default,
    /// if no guest makes any: requests are then refused whatever a plan says.
    pub http_ca: Option<Vec<PathBuf>>,
}

/// A folder of compiled components. It belongs to this host alone, for what lies in it is executed: it is made with mode 0700 and
/// not used if others can write in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheSettings {
    /// The folder.
    pub folder: PathBuf,
    /// Bytes of everything in it; what was unused for longest goes first.
    pub max_bytes: u64,
}

impl Default for SandboxSettings {
    fn default() -> Self {
        Self {
            max_jobs: 1,
            max_memory: 64 << 20,
            memory_budget: u64::MAX,
            stack: 1 << 20,
            component_size: 64 << 20,
            compile_time: Duration::from_secs(120),
            keeps_last_component: false,
            cache: None,
            ready: 0,
            http_ca: None,
        }
    }
}
