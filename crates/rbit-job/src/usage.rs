//! What an execution used.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Artifact, Digest, Limits};

/// What one execution used of what it was allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Time on the wall between the start of the instance and its end.
    pub wall: Duration,
    /// Time on a processor.
    pub cpu: Duration,
    /// The most bytes that the job's linear memories had together.
    pub memory_peak: u64,
    /// The most elements that the job's tables had together.
    pub table_peak: u64,
    /// The most handles that the host had for it at once. Not known of a guest that did not hear that it was to end.
    pub handles_peak: u64,
    /// The most random bytes that it asked for at once.
    pub random_peak: u64,
    /// The most bytes that its folders held together.
    pub disk_peak: u64,
    /// The most files, folders and links in them.
    pub files_peak: u64,
    /// The most files and folders it had open.
    pub open_files_peak: u64,
    /// Bytes the guest wrote to stdout and stderr, kept or not.
    pub log_bytes: u64,
    /// Those of them that were not kept.
    pub log_dropped: u64,
    /// The longest line of them, in bytes, as the guest wrote it.
    pub log_line_peak: u64,
    /// The most lines in one second, kept or not.
    pub log_rate_peak: u64,
    /// HTTP requests, refused ones included.
    pub http_requests: u64,
    /// Those of them that were refused by a rule, or would have been with `http-policy = enforce`.
    pub http_refused: u64,
    /// The most of them that were under way at once.
    pub http_peak: u64,
    /// Bytes of their bodies and those of the answers.
    pub http_bytes: u64,
    /// The longest of them.
    pub http_time_peak: Duration,
    /// The most bytes in the body of one request.
    pub http_request_peak: u64,
    /// The most bytes in the body of one answer.
    pub http_response_peak: u64,
    /// The most bytes in the header fields of one request.
    pub header_peak: u64,
    /// What it was allowed; none if no guest code ran.
    pub limits: Option<Limits>,
    /// The file that its component is; none if none was loaded.
    pub component: Option<Digest>,
    /// Whether its instance had begun before the job was there.
    pub was_ready: bool,
    /// How long it took until there was an instance of the component; zero where one was ready.
    pub instantiation: Duration,
}

/// How much of one limit was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// The key of the limit in the INI file.
    pub limit: &'static str,
    /// How much of it.
    pub used: Amount,
    /// How much there was. Counted in the same unit.
    pub of: Amount,
}

/// So much of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Time.
    Time(Duration),
    /// Bytes.
    Bytes(u64),
    /// A number of things.
    Count(u64),
}

impl Usage {
    /// How much of each limit was used, in the order of their keys in the documents; empty if no guest code ran.
    ///
    /// Limits of a single call, of which the engine tells nothing, are not among them.
    pub fn shares(&self, artifacts: &[Artifact]) -> Vec<Share> {
        let Some(limits) = &self.limits else { return Vec::new() };
        let share = |limit, used, of| Share { limit, used, of };
        let time = |limit, used, of| share(limit, Amount::Time(used), Amount::Time(of));
        let bytes = |limit, used, of| share(limit, Amount::Bytes(used), Amount::Bytes(of));
        let count = |limit, used, of: u32| share(limit, Amount::Count(used), Amount::Count(of.into()));
        let largest = artifacts.iter().map(|artifact| artifact.size).max().unwrap_or_default();
        let name = artifacts
            .iter()
            .map(|artifact| artifact.name.len())
            .max()
            .unwrap_or_default();
        let together = artifacts.iter().map(|artifact| artifact.size).sum();
        vec![
            time("timeout", self.wall, limits.timeout),
            time("cpu-time", self.cpu, limits.cpu_time),
            bytes("memory", self.memory_peak, limits.memory),
            count("table-elements", self.table_peak, limits.table_elements),
            count("handles", self.handles_peak, limits.handles),
            bytes("random-bytes", self.random_peak, limits.random_bytes),
            bytes("header-bytes", self.header_peak, limits.header_bytes),
            bytes("disk", self.disk_peak, limits.disk),
            count("files", self.files_peak, limits.files),
            count("open-files", self.open_files_peak, limits.open_files),
            bytes("log", self.log_bytes, limits.log),
            bytes("log-line", self.log_line_peak, limits.log_line),
            count("log-rate", self.log_rate_peak, limits.log_rate),
            count("artifacts", artifacts.len() as u64, limits.artifacts),
            bytes("artifact-size", largest, limits.artifact_size),
            bytes("artifacts-size", together, limits.artifacts_size),
            bytes("artifact-name", name as u64, limits.artifact_name),
            count("http-requests", self.http_requests, limits.http_requests),
            count("http-concurrency", self.http_peak, limits.http_concurrency),
            time("http-timeout", self.http_time_peak, limits.http_timeout),
            bytes("http-request-size", self.http_request_peak, limits.http_request_size),
            bytes("http-response-size", self.http_response_peak, limits.http_response_size),
            bytes("http-bytes", self.http_bytes, limits.http_bytes),
        ]
    }
}

impl Share {
    /// Whole hundredths, rounded down; more than a hundred for what was counted beyond a limit.
    pub fn percent(&self) -> u64 {
        let hundredths = self.used.number().saturating_mul(100) / self.of.number().max(1);
        u64::try_from(hundredths).unwrap_or(u64::MAX)
    }
}

impl Amount {
    /// The number alone: milliseconds, bytes or things.
    pub fn number(self) -> u128 {
        match self {
            Self::Time(time) => time.as_millis(),
            Self::Bytes(number) | Self::Count(number) => number.into(),
        }
    }

    /// What is counted: `ms`, `bytes`, or nothing that has a name.
    pub fn unit(self) -> Option<&'static str> {
        match self {
            Self::Time(_) => Some("ms"),
            Self::Bytes(_) => Some("bytes"),
            Self::Count(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usage_that_was_written_before_there_were_more_limits_can_be_read() {
        let old = r#"{"wall":{"secs":1,"nanos":0},"memory_peak":4096,"log_bytes":7}"#;
        let usage: Usage = serde_json::from_str(old).unwrap();
        assert_eq!((usage.memory_peak, usage.log_bytes, usage.disk_peak), (4096, 7, 0));
        assert!(usage.shares(&[]).is_empty());
    }

    #[test]
    fn shares_say_how_much_of_each_limit_was_used() {
        let usage = Usage {
            wall: Duration::from_secs(60),
            memory_peak: 384 << 20,
            log_bytes: 3 << 20,
            limits: Some(Limits::default()),
            ..Usage::default()
        };
        let percent = |name| {
            let shares = usage.shares(&[]);
            shares.iter().find(|share| share.limit == name).unwrap().percent()
        };
        assert_eq!(["timeout", "memory", "log", "disk"].map(percent), [10, 75, 300, 0]);
    }
}
