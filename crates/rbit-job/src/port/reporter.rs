//! How the front-end is asked and told.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{JobId, Standing, Status};

/// Asks the front-end about jobs and tells it their status.
#[async_trait]
pub trait Reporter: Send + Sync {
    /// The front-end that is asked and told about jobs whose message gave this `web_host`: two names are equal if they mean the same
    /// one. Those that nobody is told of have a name in common, too.
    fn front_end(&self, web_host: Option<&str>) -> String;

    /// What the front-end thinks of a job. A front-end that cannot be asked is [`Standing::Unheard`], with a warning in the log.
    async fn standing(&self, job: &JobId, web_host: Option<&str>) -> Standing;

    /// Tells it a status, once. Trying again is the caller's business.
    async fn report(&self, report: &Report) -> Result<(), ReportError>;
}

/// One status of one job, to be told to the front-end that sent it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The job.
    pub job: JobId,
    /// The address that its message gave. Only a configuration makes it one that is talked to.
    pub web_host: Option<String>,
    /// The status.
    pub status: Status,
}

/// The front-end was not told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// It did not answer, or said that it is at fault: later it may.
    #[error("the front-end cannot be told `{status}` of job {job} now")]
    Transient {
        /// The status.
        status: Status,
        /// The job.
        job: JobId,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It will never take this report, or the configuration does not let us send it.
    #[error("the front-end cannot be told `{status}` of job {job}")]
    Permanent {
        /// The status.
        status: Status,
        /// The job.
        job: JobId,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl ReportError {
    /// Whether trying again later may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Transient { .. })
    }
}

/// The reporter of a box that has no `[pybit]` section: it asks nobody and tells nobody, and statuses stay in the journal.
#[derive(Clone, Copy, Debug, Default)]
pub struct SilentReporter;

#[async_trait]
impl Reporter for SilentReporter {
    fn front_end(&self, _web_host: Option<&str>) -> String {
        String::new()
    }

    async fn standing(&self, _job: &JobId, _web_host: Option<&str>) -> Standing {
        Standing::Unheard
    }

    async fn report(&self, _report: &Report) -> Result<(), ReportError> {
        Ok(())
    }
}
