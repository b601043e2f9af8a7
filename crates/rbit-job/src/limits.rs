//! What a guest may use.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The limits of one runner's jobs. Each has a key of the same name in `[sandbox]` and `[sandbox:NAME]`.
///
/// ```
/// use std::time::Duration;
/// use rbit_job::Limits;
/// let limits = Limits { timeout: Duration::from_secs(30), ..Limits::default() };
/// assert_eq!(limits.memory, 512 << 20);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// `timeout`: time on the wall from the start of the instance. Default ten minutes, well under the broker's
    /// acknowledgement timeout of thirty.
    pub timeout: Duration,
    /// `memory`: bytes that all linear memories of the job may have together. Default 512 MiB. It does not bound what the host
    /// holds on behalf of the guest.
    pub memory: u64,
    /// `log`: bytes of stdout and stderr that are kept; what is beyond is counted and dropped. Default 1 MiB.
    pub log: u64,
    /// `artifacts`: files that one job may deliver. Default 100.
    pub artifacts: u32,
    /// `artifact-size`: bytes that one delivered file may have. Default 1 GiB.
    pub artifact_size: u64,
    /// `artifacts-size`: bytes that the delivered files of one job may have together. Default 4 GiB.
    pub artifacts_size: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(600),
            memory: 512 << 20,
            log: 1 << 20,
            artifacts: 100,
            artifact_size: 1 << 30,
            artifacts_size: 4 << 30,
        }
    }
}
