//! The jobs of the demo, and how each should end.

use std::path::Path;

use super::job::Job;

/// A job of the demo.
pub(super) struct Expected {
    pub(super) queue: &'static str,
    pub(super) package: &'static str,
    pub(super) runner: &'static str,
    guest: Guest,
    settings: &'static str,
    outcome: &'static str,
    attempts: u64,
    files: usize,
}

/// What a runner is.
enum Guest {
    /// A component of this name.
    Component(&'static str),
    /// A callable in a Python module beside the INI file.
    Python(&'static str),
}

/// In the order of their packages.
pub(super) const EXPECTED: [Expected; 5] = [
    Expected {
        queue: "demo_any_text_hello",
        package: "m0001",
        runner: "hello",
        guest: Guest::Component("rust-hello"),
        settings: "name = World\n",
        outcome: "done",
        attempts: 1,
        files: 1,
    },
    Expected {
        queue: "demo_any_text_nameless",
        package: "m0002",
        runner: "nameless",
        guest: Guest::Component("rust-hello"),
        settings: "",
        outcome: "guest-failed",
        attempts: 1,
        files: 0,
    },
    Expected {
        queue: "demo_any_text_late",
        package: "m0003",
        runner: "late",
        guest: Guest::Component("blocks-first"),
        settings: "",
        outcome: "done",
        attempts: 2,
        files: 1,
    },
    Expected {
        queue: "demo_any_text_endless",
        package: "m0004",
        runner: "endless",
        guest: Guest::Component("loops-forever"),
        settings: "",
        outcome: "timeout",
        attempts: 1,
        files: 0,
    },
    Expected {
        queue: "demo_any_text_python",
        package: "m0005",
        runner: "python",
        guest: Guest::Python("my_worker:hello"),
        settings: "name = World\n",
        outcome: "done",
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
        let line = match guest {
            Guest::Component(name) => format!("wasm!{}/{name}.wasm", guests.display()),
            Guest::Python(callable) => format!("python!{callable}"),
        };
        format!("[runner:{runner}]\nrunner = {line}\noutput-dir = output/{runner}/%ID\n{settings}\n")
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
