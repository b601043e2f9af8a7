//! The jobs of a trial, and how each must end.

use rbit_testkit::guests::Fixture;

use super::Queues;
use crate::{broker::message_of, rbit_box::TestRunner};

/// A queue of a trial, and the runner behind it.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) runner: &'static str,
    fixture: Fixture,
    settings: &'static str,
}

/// A job of a trial.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) number: &'static str,
    pub(super) package: &'static str,
    /// Index of its lane.
    pub(super) lane: usize,
    pub(super) outcome: &'static str,
    /// The one final status that the front-end may hear.
    pub(super) status: &'static str,
    /// The files that it delivers, and what is in them. `{attempt}` is the attempt that was done.
    pub(super) files: &'static [(&'static str, &'static str)],
}

pub(super) const LANES: [Lane; 3] = [
    Lane {
        runner: "files",
        fixture: Fixture::Names,
        settings: "make = file:one.txt file:below/two.txt\nreturns = /output/one.txt /output/below/two.txt",
    },
    Lane {
        runner: "late",
        fixture: Fixture::BlocksFirst,
        settings: "",
    },
    Lane {
        runner: "failing",
        fixture: Fixture::Fails,
        settings: "text = on purpose",
    },
];

pub(super) const ALL: [Job; 3] = [
    Job {
        number: "11",
        package: "m-files",
        lane: 0,
        outcome: "done",
        status: "Done",
        files: &[("one.txt", "one.txt"), ("below/two.txt", "below/two.txt")],
    },
    Job {
        number: "12",
        package: "m-late",
        lane: 1,
        outcome: "done",
        status: "Done",
        files: &[("attempt-{attempt}.txt", "written at attempt {attempt}\n")],
    },
    Job {
        number: "13",
        package: "m-failing",
        lane: 2,
        outcome: "guest-failed",
        status: "Failed",
        files: &[],
    },
];

/// A message that is no request, in the first queue.
pub(super) const UNDECODABLE: &str = r#"{"py/repr": "os.system('true')"}"#;

impl Lane {
    pub(super) fn sections(&self, queue: &str, kind: Queues) -> String {
        let queue_type = match kind {
            Queues::Local | Queues::Classic => "",
            Queues::Quorum => "type = quorum\n",
        };
        let runner = TestRunner::new(self.runner, self.fixture)
            .settings(self.settings)
            .section();
        format!("[queue:{queue}]\nretry-steps = 200ms\n{queue_type}\n{runner}\n")
    }
}

impl Job {
    pub(super) fn message(&self) -> String {
        message_of(self.number.parse().unwrap(), self.package)
    }
}
