//! A status of a job, as it is told to whoever wants to know.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Artifact, Attempt, BoxName, JobId, JobKey, QueueName, Reason, RunnerName, Status};

/// What became of a job at a moment. It is written down as it is and sent as it is, perhaps more than once: its
/// [`id`](StatusEvent::id) is always the same, so that whoever hears it twice can tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusEvent {
    /// What makes it this job.
    pub key: JobKey,
    /// PyBit's number.
    pub job: JobId,
    /// Name of the package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// Where the job came from.
    pub queue: QueueName,
    /// What runs it.
    pub runner: RunnerName,
    /// Which attempt.
    pub attempt: Attempt,
    /// The status.
    pub status: Status,
    /// Why; none while the job is being built.
    pub reason: Option<Reason>,
    /// The same for people; often empty.
    pub text: String,
    /// The delivered files.
    pub artifacts: Vec<Artifact>,
    /// When it became so.
    pub at: Timestamp,
}

impl StatusEvent {
    /// What tells this event from every other one of the same box.
    pub fn id(&self) -> String {
        let status = self.status.as_str().to_ascii_lowercase();
        format!("{}.{}.{status}.{}", self.key, self.attempt, self.at.as_microsecond())
    }

    /// By what listeners choose: `<status>.<queue>` in lower case, with `_` for whatever a pattern would take for something else.
    ///
    /// ```
    /// # use rbit_job::event::routing_key;
    /// # use rbit_job::{QueueName, Status};
    /// assert_eq!(routing_key(Status::Done, &QueueName::new("Cnx.any latex#pdf").unwrap()), "done.cnx_any_latex_pdf");
    /// ```
    pub fn routing_key(&self) -> String {
        routing_key(self.status, &self.queue)
    }

    /// The event as CloudEvents 1.0 has it, in JSON with everything inside ("structured mode").
    pub fn cloud_event(&self, box_name: &BoxName) -> serde_json::Value {
        json!({
            "specversion": "1.0",
            "id": self.id(),
            "source": format!("/rbit/{box_name}"),
            "type": format!("rbit.job.{}", self.status.as_str().to_ascii_lowercase()),
            "subject": self.job.as_str(),
            "time": self.at.to_string(),
            "datacontenttype": "application/json",
            "data": {
                "job": self.job.as_str(),
                "package": self.package,
                "version": self.version,
                "queue": self.queue.as_str(),
                "runner": self.runner.as_str(),
                "attempt": self.attempt.number(),
                "status": self.status.as_str(),
                "reason": self.reason.map(Reason::as_str),
                "text": self.text,
                "artifacts": self.artifacts,
                "box": box_name.as_str(),
            },
        })
    }
}

/// The routing key of an event of this status and queue.
pub fn routing_key(status: Status, queue: &QueueName) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' {
            c.to_ascii_lowercase()
        } else {
            '_'
        }
    };
    let queue: String = queue.as_str().chars().map(plain).take(MAX_QUEUE).collect();
    format!("{}.{queue}", status.as_str().to_ascii_lowercase())
}

/// The media type of [`StatusEvent::cloud_event`].
pub const CONTENT_TYPE: &str = "application/cloudevents+json";

/// A routing key has room for 255 bytes.
const MAX_QUEUE: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> StatusEvent {
        let queue = QueueName::new("cnx_any_latex_pdf").unwrap();
        StatusEvent {
            key: JobKey::of(&queue, Some("m"), b""),
            job: JobId::new("4").unwrap(),
            package: "m9003".into(),
            version: "1.2".into(),
            queue,
            runner: RunnerName::new("pdf").unwrap(),
            attempt: Attempt::new(2),
            status: Status::Done,
            reason: Some(Reason::Done),
            text: String::new(),
            artifacts: vec![Artifact {
                name: "a.pdf".into(),
                path: "/srv/a.pdf".into(),
                size: 7,
                sha256: "00".into(),
            }],
            at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_form_is_that_of_cloud_events_and_says_everything() {
        let written = event().cloud_event(&BoxName::new("tim").unwrap());
        let expected = json!({
            "specversion": "1.0",
            "id": event().id(),
            "source": "/rbit/tim",
            "type": "rbit.job.done",
            "subject": "4",
            "time": "1970-01-01T00:00:00Z",
            "datacontenttype": "application/json",
            "data": {
                "job": "4", "package": "m9003", "version": "1.2", "queue": "cnx_any_latex_pdf", "runner": "pdf", "attempt": 2,
                "status": "Done", "reason": "done", "text": "", "box": "tim",
                "artifacts": [{"name": "a.pdf", "path": "/srv/a.pdf", "size": 7, "sha256": "00"}],
            },
        });
        assert_eq!(written, expected);
    }

    #[test]
    fn an_event_that_is_written_down_is_the_same_when_it_is_read() {
        let text = serde_json::to_string(&event()).unwrap();
        assert_eq!(serde_json::from_str::<StatusEvent>(&text).unwrap(), event());
    }

    #[test]
    fn no_name_of_a_queue_adds_a_word_or_a_pattern_to_the_key() {
        let key = |queue: &str| routing_key(Status::Blocked, &QueueName::new(queue).unwrap());
        assert_eq!(key("A.*.#.\u{fc}-1"), "blocked.a______-1");
        assert_eq!(key(&"q".repeat(200)).len(), "blocked.".len() + MAX_QUEUE);
    }
}
