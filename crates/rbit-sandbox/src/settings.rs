//! What a sandbox is made for.

/// What must be known before the first job, because memory is set aside for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SandboxSettings {
    /// Jobs that run at the same time, at least one. Further ones wait until one of these has ended.
    pub max_jobs: usize,
    /// Bytes: the largest `memory` limit of any runner. One linear memory never has more, whatever a plan says.
    pub max_memory: u64,
}
