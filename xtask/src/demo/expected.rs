//! The jobs of the demo, and how each should end.

use std::path::Path;

use super::job::Job;

/// A job of the demo.
pub(super) struct Expected {
    pub(super) queue: &'static str,
    pub(super) package: &'static str,
    pub(super) runner: &'static str,
    guest: &'static str,
    settings: &'static str,
    outcome: &'static str,
    attempts: u64,
    files: usize,
}

pub(super) const EXPECTED: [Expected; 4] = [
    Expected {
        queue: "demo_any_text_hello",
        package: "m0001",
        runner: "hello",
        guest: "rust-hello",
        settings: "name = World\n",
        outcome: "done",
        attempts: 1,
        files: 1,
    },
    Expected {
        queue: "demo_any_text_nameless",
        package: "m0002",
        runner: "nameless",
        guest: "rust-hello",
        settings: "",
        outcome: "guest-failed",
        attempts: 1,
        files: 0,
    },
    Expected {
        queue: "demo_any_text_late",
        package: "m0003",
        runner: "late",
        guest: "blocks-first",
        settings: "",
        outcome: "done",
        attempts: 2,
        files: 1,
    },
    Expected {
        queue: "demo_any_text_endless",
        package: "m0004",
        runner: "endless",
        guest: "loops-forever",
        settings: "",
        outcome: "timeout",
        attempts: 1,
        files: 0,
    },
];

impl Expected {
    pub(super) fn runner_section(&self, guests: &Path) -> String {
        let Self {
            runner,
            guest,
            settings,
            ..
        } = self;
        let guests = guests.display();
        format!(
            "[runner:{runner}]\nrunner = wasm!{guests}/{guest}.wasm\noutput-dir = output/{runner}/%ID\n{settings}\n"
        )
    }

    /// What is wrong with the job of this package, if anything.
    pub(super) fn complaint(&self, jobs: &[Job]) -> Option<String> {
        let Self {
            package,
            outcome,
            attempts,
            files,
            ..
        } = self;
        let Some(job) = jobs.iter().find(|job| job.package == *package) else {
            return Some(format!("{package}: no such job was recorded"));
        };
        let is_as_expected = job.outcome == *outcome && job.attempts == *attempts && job.files.len() == *files;
        (!is_as_expected).then(|| {
            format!(
                "{package}: {} at attempt {} with {} files, expected {outcome} at attempt {attempts} with {files}",
                job.outcome,
                job.attempts,
                job.files.len()
            )
        })
    }
}
