//! A build box in a folder of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, Instant},
};

use rbit_testkit::guests::{Fixture, guest};
use serde_json::Value;
use tempfile::TempDir;

use crate::rbit_program::{self, Running, rbit, stderr, stdout};

/// An INI file and its folders.
pub(crate) struct RbitBox {
    folder: TempDir,
}

/// A runner of a box: the queue `t_any_latex_<runner>` leads to it.
#[derive(Clone)]
pub(crate) struct TestRunner<'a> {
    pub(crate) name: &'a str,
    /// What its key `runner` says.
    pub(crate) runs: String,
    /// Lines of its section.
    pub(crate) settings: &'a str,
    /// Lines of its `[sandbox:NAME]`.
    pub(crate) sandbox: &'a str,
}

impl<'a> TestRunner<'a> {
    /// A runner of a fixture.
    pub(crate) fn new(name: &'a str, guest: Fixture) -> Self {
        Self {
            name,
            runs: format!("wasm!{}", guest.path().display()),
            settings: "",
            sandbox: "",
        }
    }

    /// A runner of the example that greets.
    pub(crate) fn hello() -> Self {
        Self {
            name: "hello",
            runs: format!("wasm!{}", guest("rust-hello").display()),
            settings: "name = World",
            sandbox: "",
        }
    }

    pub(crate) fn settings(self, settings: &'a str) -> Self {
        Self { settings, ..self }
    }

    pub(crate) fn sandbox(self, sandbox: &'a str) -> Self {
        Self { sandbox, ..self }
    }

    /// Its queue on a box with the local source.
    pub(crate) fn queue(&self) -> String {
        format!("t_any_latex_{}", self.name)
    }

    /// Its sections.
    pub(crate) fn section(&self) -> String {
        let Self {
            name,
            settings,
            sandbox,
            runs,
        } = self;
        format!(
            "[sandbox:{name}]\n{sandbox}\n[runner:{name}]\nrunner = {runs}\noutput-dir = output/{name}\n{settings}\n"
        )
    }
}

impl RbitBox {
    /// A box with this INI file. Scratch folders are in its own folder too, so that leftovers are seen.
    pub(crate) fn new(ini: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("rbit.ini"), ini).unwrap();
        Self { folder }
    }

    /// A box with the local source and these runners.
    pub(crate) fn local(runners: &[TestRunner<'_>]) -> Self {
        let mappings: String = runners
            .iter()
            .map(|runner| format!("    {}:{}\n", runner.queue(), runner.name))
            .collect();
        let sections: String = runners.iter().map(TestRunner::section).collect();
        Self::new(&format!(
            "[rbit]\nname = test\nsource = local\nscratch-dir = scratch\nqueue-mappings =\n{mappings}\n{sections}"
        ))
    }

    /// Adds lines to its INI file.
    pub(crate) fn add(&self, lines: &str) {
        let path = self.path("rbit.ini");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{text}\n{lines}")).unwrap();
    }

    /// Changes its INI file: these words, which must be there, to those.
    pub(crate) fn edit(&self, from: &str, to: &str) {
        let path = self.path("rbit.ini");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "`{from}` is not in\n{text}");
        fs::write(&path, text.replace(from, to)).unwrap();
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A path in the box's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = rbit();
        command.current_dir(self.folder()).args(words);
        command
    }

    /// Runs the program in the box's folder; it must succeed.
    pub(crate) fn call(&self, words: &[&str]) -> Output {
        let output = rbit_program::output(words, self.folder());
        assert!(
            output.status.success(),
            "{words:?}: {}\n{}",
            output.status,
            stderr(&output)
        );
        output
    }

    /// Pushes a request for a package.
    pub(crate) fn push(&self, queue: &str, package: &str) {
        self.call(&[
            "push",
            "rbit.ini",
            "--queue",
            queue,
            "--package",
            package,
            "--version",
            "1.2",
        ]);
    }

    /// Runs what is there, and gives the log.
    pub(crate) fn drain(&self) -> String {
        stderr(&self.call(&["run", "rbit.ini", "--drain"]))
    }

    pub(crate) fn start(&self) -> Running {
        Running::start(&mut self.command(&["run", "rbit.ini"]))
    }

    /// The journal's jobs, the newest first.
    pub(crate) fn jobs(&self) -> Vec<Value> {
        let output = self.call(&["jobs", "rbit.ini", "--json"]);
        stdout(&output)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The journal's job of this package.
    pub(crate) fn job(&self, package: &str) -> Value {
        let jobs = self.jobs();
        let job = jobs.iter().find(|job| job["package"] == package);
        job.unwrap_or_else(|| panic!("no job of {package} among {jobs:#?}"))
            .clone()
    }

    /// Waits until a job has ended and the front-end has taken all that it is to hear of it: a box that is stopped while a report is
    /// under way cannot know whether it was taken, and sends it again.
    pub(crate) async fn until_reported(&self, job: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.is_reported(job) {
            assert!(
                Instant::now() < deadline,
                "job {job} is not reported: {:#?}",
                self.jobs()
            );
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    fn is_reported(&self, job: &str) -> bool {
        let output = self
            .command(&["jobs", "show", "rbit.ini", job, "--json"])
            .output()
            .unwrap();
        // A job that has not come yet is an error.
        let Some(line) = stdout(&output).lines().next().map(str::to_owned) else {
            return false;
        };
        let shown: Value = serde_json::from_str(&line).unwrap();
        shown["state"] == "finished" && shown["reports"] == Value::Array(Vec::new())
    }
}

/// Generous: it only ends tests that have already failed.
const PATIENCE: Duration = Duration::from_secs(180);
const LOOK_AGAIN: Duration = Duration::from_millis(50);
