//! `[request]`.

use rbit_job::{JobId, JobRequest, Transport};

use super::{CaseError, error::wrong};
use crate::file::{RequestFile, TransportFile};

impl RequestFile {
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            job: self.job.or(below.job),
            package: self.package.or(below.package),
            version: self.version.or(below.version),
            arch: self.arch.or(below.arch),
            suite: self.suite.or(below.suite),
            dist: self.dist.or(below.dist),
            format: self.format.or(below.format),
            build_env: self.build_env.or(below.build_env),
            master: self.master.or(below.master),
            commands: self.commands.or(below.commands),
            timestamp: self.timestamp.or(below.timestamp),
            transport: TransportFile {
                method: self.transport.method.or(below.transport.method),
                uri: self.transport.uri.or(below.transport.uri),
                vcs_id: self.transport.vcs_id.or(below.transport.vcs_id),
            },
        }
    }

    pub(super) fn resolved(self) -> Result<JobRequest, CaseError> {
        let or = |value: Option<String>, default: &str| value.unwrap_or_else(|| default.to_owned());
        let job = self.job.unwrap_or(1).to_string();
        Ok(JobRequest {
            job: JobId::new(job).map_err(|error| wrong("request.job", &error.to_string()))?,
            web_host: None,
            package: or(self.package, "package"),
            version: or(self.version, "1"),
            arch: or(self.arch, "any"),
            suite: or(self.suite, "suite"),
            dist: or(self.dist, "dist"),
            format: or(self.format, "format"),
            build_env: self.build_env,
            master: self.master.unwrap_or(true),
            transport: Transport {
                method: or(self.transport.method, "http"),
                uri: Some(self.transport.uri.unwrap_or_default()),
                vcs_id: Some(self.transport.vcs_id.unwrap_or_default()),
            },
            commands: self.commands,
            timestamp: self.timestamp,
        })
    }
}
