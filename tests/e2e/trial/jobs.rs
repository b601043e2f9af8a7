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
    sandbox: &'static str,
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
    /// The files that it delivers, and what is in them. `{attempt}` is the attempt that was done, `{package}` the job's package.
    files: &'static [(&'static str, &'static str)],
}

const LANES: [Lane; 4] = [
    Lane {
        runner: "files",
        fixture: Fixture::Names,
        settings: "make = file:one.txt file:below/two.txt\nreturns = /output/one.txt /output/below/two.txt",
        sandbox: "",
    },
    Lane {
        runner: "late",
        fixture: Fixture::BlocksFirst,
        settings: "",
        sandbox: "",
    },
    Lane {
        runner: "failing",
        fixture: Fixture::Fails,
        settings: "text = on purpose",
        sandbox: "",
    },
    Lane {
        runner: "gated",
        fixture: Fixture::Waits,
        settings: "gate = gate",
        sandbox: "mounts = gate",
    },
];

/// The folder of a box that gated jobs look into.
pub(super) const GATE: &str = "gate";

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

/// Jobs that run until they are let.
const GATED: [Job; 3] = [
    gated("21", "m-gated-1"),
    gated("22", "m-gated-2"),
    gated("23", "m-gated-3"),
];

const fn gated(number: &'static str, package: &'static str) -> Job {
    Job {
        number,
        package,
        lane: 3,
        outcome: "done",
        status: "Done",
        files: &[("{package}.txt", "waited at attempt {attempt}\n")],
    }
}

/// The ordinary jobs and so many gated ones.
pub(super) fn with_gated(count: usize) -> Vec<&'static Job> {
    assert!(
        count <= GATED.len(),
        "there are no more than {} gated jobs",
        GATED.len()
    );
    ALL.iter().chain(GATED.iter().take(count)).collect()
}

/// The lanes that these jobs need.
pub(super) fn lanes(jobs: &[&Job]) -> &'static [Lane] {
    let last = jobs.iter().map(|job| job.lane).max().unwrap_or_default();
    &LANES[..=last]
}

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
            .sandbox(self.sandbox)
            .section();
        format!("[queue:{queue}]\nretry-steps = 200ms\nmax-attempts = 1000\n{queue_type}\n{runner}\n")
    }
}

impl Job {
    /// The runner of its lane.
    pub(super) fn runner(&self) -> &'static str {
        LANES[self.lane].runner
    }

    /// The names and contents of its files, when it was done at this attempt.
    pub(super) fn files_of(&self, attempt: &str) -> impl Iterator<Item = (String, String)> {
        let filled = move |text: &str| text.replace("{attempt}", attempt).replace("{package}", self.package);
        self.files
            .iter()
            .map(move |(name, content)| (filled(name), filled(content)))
    }

    pub(super) fn message(&self) -> String {
        message_of(self.number.parse().unwrap(), self.package)
    }
}
