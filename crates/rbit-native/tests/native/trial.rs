//! One job, from a script to what became of it.

use std::{
    fs,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use rbit_cgroup::{Groups, NoGroups, Place};
use rbit_job::{
    CommandLine, Ending, Limits, Mount, Plan, Processor, Reason,
    http::HttpExchange,
    port::{Execution, Executor as _, Folders, GuestLog, GuestStream, StopSignal},
};
use rbit_native::NativeExecutor;
use tempfile::TempDir;

/// A job that is made up and then run.
pub(crate) struct Trial {
    dir: TempDir,
    pub(crate) plan: Plan,
}

/// What became of it.
pub(crate) struct Tried {
    /// With the job's folders, until it is dropped.
    dir: TempDir,
    pub(crate) execution: Execution,
    pub(crate) lines: Vec<String>,
}

impl Trial {
    /// A job whose program is this script of a shell, under limits that no well-behaved one meets.
    pub(crate) fn script(script: &str) -> Self {
        let dir = folder_of_a_job();
        // A path of its own, as an operator's program has one.
        let file = dir.path().join("script");
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        Self::of(dir, file, &[])
    }

    /// A job whose program is this one.
    pub(crate) fn program(file: &str, arguments: &[&str]) -> Self {
        Self::of(folder_of_a_job(), file.into(), arguments)
    }

    fn of(dir: TempDir, file: PathBuf, arguments: &[&str]) -> Self {
        let words = std::iter::once("program").chain(arguments.iter().copied());
        let line = CommandLine::new(words.map(str::to_owned).collect(), vec![file]).unwrap();
        let plan = serde_json::json!({
            "queue": "q", "runner": "native", "processor": Processor::Native(line), "settings": [], "mounts": [],
            "output_dir": "/nowhere", "limits": { "timeout": { "secs": 60, "nanos": 0 } },
            "request": {
                "job": "4", "package": "m9003", "version": "1", "arch": "", "suite": "", "dist": "", "format": "",
                "build_env": null, "master": true, "transport": { "method": "", "uri": "", "vcs_id": "" },
                "commands": null, "timestamp": 0, "attempt": 1,
            },
        });
        let plan = serde_json::from_value(plan).unwrap();
        Self { dir, plan }
    }

    pub(crate) fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.plan.limits);
        self
    }

    pub(crate) fn mount(mut self, setting: &str, host: &Path) -> Self {
        self.plan.mounts.push(Mount {
            setting: setting.into(),
            host: host.into(),
            at: None,
        });
        self
    }

    pub(crate) fn secret(mut self, value: &str) -> Self {
        self.plan.settings.push(("password".into(), value.into()));
        self.plan.secrets.push("password".into());
        self
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Tried {
        self.run_until(Box::pin(std::future::pending()))
    }

    /// Runs it to its end, or to this one.
    pub(crate) fn run_until(self, stop: StopSignal) -> Tried {
        let log = Arc::new(Heard::default());
        let execution = runtime().block_on(executor().execute(&self.plan, &self.folders(), log.clone(), stop));
        Tried {
            dir: self.dir,
            execution,
            lines: log.0.lock().unwrap().clone(),
        }
    }

    pub(crate) fn folders(&self) -> Folders {
        Folders {
            work: self.dir.path().join("work"),
            output: self.dir.path().join("output"),
        }
    }
}

impl Tried {
    pub(crate) fn reason(&self) -> Reason {
        self.execution
            .result
            .as_ref()
            .err()
            .map_or(Reason::Done, Ending::reason)
    }

    /// What is said of its end.
    pub(crate) fn text(&self) -> String {
        self.execution
            .result
            .as_ref()
            .err()
            .map(Ending::to_string)
            .unwrap_or_default()
    }

    /// What it left in its output folder.
    pub(crate) fn output(&self, name: &str) -> String {
        fs::read_to_string(self.dir.path().join("output").join(name)).unwrap()
    }

    pub(crate) fn output_folder(&self) -> PathBuf {
        self.dir.path().join("output")
    }
}

/// As the worker makes them: for its own user alone.
fn folder_of_a_job() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for folder in ["work", "output"] {
        fs::DirBuilder::new()
            .mode(0o700)
            .create(dir.path().join(folder))
            .unwrap();
    }
    dir
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

/// Its programs get groups, where some can be made: such that bound nothing, for not every machine has what bounds.
pub(crate) fn executor() -> NativeExecutor {
    grouped(Arc::new(
        Place::without_bounds().and_then(|place| Groups::make_in(&place)),
    ))
}

pub(crate) fn grouped(groups: Arc<Result<Groups, NoGroups>>) -> NativeExecutor {
    NativeExecutor::new(groups)
        .unwrap_or_else(|error| panic!("{error}: `cargo xtask test` installs it, as root on Debian"))
}

/// Waits for something, for as long as a machine without time may need.
pub(crate) fn until(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "it never came to this: {what}"
        );
        std::thread::yield_now();
    }
}

/// Processes of this machine with a word in their command line, but for this one.
pub(crate) fn processes_with(word: &str) -> usize {
    let me = std::process::id().to_string();
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let others = processes.filter(|process| process.file_name().to_str() != Some(&me));
    let lines = others.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines
        .filter(|line| String::from_utf8_lossy(line).contains(word))
        .count()
}

/// The lines of a job.
#[derive(Default)]
pub(crate) struct Heard(pub(crate) Mutex<Vec<String>>);

impl GuestLog for Heard {
    fn line(&self, stream: GuestStream, line: &str) {
        self.0.lock().unwrap().push(format!("{}: {line}", stream.as_str()));
    }

    fn exchange(&self, _: &HttpExchange) {}
}
