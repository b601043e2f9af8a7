//! What a guest may use.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The limits of one runner's jobs. Each has a key of the same name, with `-` for `_`, in `[sandbox]` and `[sandbox:NAME]`.
///
/// ```
/// use std::time::Duration;
/// use rbit_job::Limits;
/// let limits = Limits { timeout: Duration::from_secs(30), ..Limits::default() };
/// assert_eq!(limits.memory, 512 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Time on the wall from the start of the instance. Default ten minutes, well under the broker's acknowledgement timeout of
    /// thirty.
    pub timeout: Duration,
    /// Time on a processor, that of host calls on the guest's behalf included. Default as much as on the wall.
    pub cpu_time: Duration,
    /// Bytes that all linear memories of the job may have together. Default 512 MiB. It does not bound what the host
    /// holds on behalf of the guest.
    pub memory: u64,
    /// Elements that all tables of the job may have together, eight bytes each. Default 500,000.
    pub table_elements: u32,
    /// Core instances that the component may consist of. Default 64.
    pub instances: u32,
    /// Handles that the guest may hold at once: open files, streams, timers, requests. Default 4096.
    pub handles: u32,
    /// Bytes that one call may copy between guest and host, the result of the job included. Default 8 MiB.
    pub call_bytes: u64,
    /// Random bytes in one call. Default 1 MiB.
    pub random_bytes: u64,
    /// Bytes of the header fields of one HTTP request. Default 32 KiB.
    pub header_bytes: u64,
    /// Bytes of scratch and output folder together; each file, folder and link counts 4 KiB besides. Default 1 GiB.
    pub disk: u64,
    /// Files, folders and links in both folders together. Default 10,000.
    pub files: u32,
    /// Files and folders that the guest may have open at once. Default 256.
    pub open_files: u32,
    /// Processes and threads that a native program may have at once. Default 128.
    pub processes: u32,
    /// Bytes of stdout and stderr that are kept; what is beyond is counted and dropped. Default 1 MiB.
    pub log: u64,
    /// Bytes of one line of the log; what is longer becomes several. Default 8 KiB.
    pub log_line: u64,
    /// Lines of the log in one second that are kept. Default 10,000.
    pub log_rate: u32,
    /// Files that one job may deliver. Default 100.
    pub artifacts: u32,
    /// Bytes that one delivered file may have. Default 1 GiB.
    pub artifact_size: u64,
    /// `artifacts-size`: bytes that the delivered files of one job may have together. Default 4 GiB.
    pub artifacts_size: u64,
    /// Bytes that the name of one of them may have, with the folders in it. Default 1 KiB.
    pub artifact_name: u64,
    /// HTTP requests of one job, refused ones included. Default 1000.
    pub http_requests: u32,
    /// HTTP requests that are under way at once, until the end of the answer; further ones wait. Default 8.
    pub http_concurrency: u32,
    /// One HTTP request, from the call to the end of the answer. Default two minutes.
    pub http_timeout: Duration,
    /// Bytes of the body of one HTTP request. Default 16 MiB.
    pub http_request_size: u64,
    /// Bytes of the body of one answer. Default 256 MiB.
    pub http_response_size: u64,
    /// Bytes of all bodies of a job together, both ways. Default 1 GiB.
    pub http_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(600),
            cpu_time: Duration::from_secs(600),
            memory: 512 << 20,
            table_elements: 500_000,
            instances: 64,
            handles: 4096,
            call_bytes: 8 << 20,
            random_bytes: 1 << 20,
            header_bytes: 32 << 10,
            disk: 1 << 30,
            files: 10_000,
            open_files: 256,
            processes: 128,
            log: 1 << 20,
            log_line: 8 << 10,
            log_rate: 10_000,
            artifacts: 100,
            artifact_size: 1 << 30,
            artifacts_size: 4 << 30,
            artifact_name: 1 << 10,
            http_requests: 1000,
            http_concurrency: 8,
            http_timeout: Duration::from_secs(120),
            http_request_size: 16 << 20,
            http_response_size: 256 << 20,
            http_bytes: 1 << 30,
        }
    }
}
