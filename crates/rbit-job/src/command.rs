//! What somebody outside tells a box to do.

use serde::{Deserialize, Serialize};

use crate::JobId;

/// An order to a box, whoever brings it: the front-end by way of the broker, or a person at the command line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BoxCommand {
    /// Call a job off.
    Cancel(Cancellation),
    /// Take no more jobs, let running ones end within the grace, and leave.
    Drain,
    /// Look for reports that are to be sent: somebody wrote some down.
    Report,
}

/// The wish to call a job off. PyBit sends it for the job it believes to run here, and it may come too early or too late.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cancellation {
    /// The job's number.
    pub job: JobId,
    /// The front-end that counts so; none means the job of this number from any front-end.
    pub web_host: Option<String>,
}

impl Cancellation {
    /// Whether this job is meant.
    ///
    /// ```
    /// use rbit_job::{Cancellation, JobId};
    /// let four = JobId::new("4")?;
    /// let from_anywhere = Cancellation { job: four.clone(), web_host: None };
    /// assert!(from_anywhere.means(&four, Some("pybit:8080")));
    /// # Ok::<(), rbit_job::InvalidName>(())
    /// ```
    pub fn means(&self, job: &JobId, web_host: Option<&str>) -> bool {
        self.job == *job && self.web_host.as_deref().is_none_or(|host| Some(host) == web_host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_of_the_same_number_from_another_front_end_is_not_meant() {
        let job = |number: &str| JobId::new(number).unwrap();
        let cancellation = Cancellation {
            job: job("4"),
            web_host: Some("a:1".into()),
        };
        assert!(cancellation.means(&job("4"), Some("a:1")));
        assert!(!cancellation.means(&job("4"), Some("b:1")));
        assert!(!cancellation.means(&job("4"), None));
        assert!(!cancellation.means(&job("5"), Some("a:1")));
    }
}
