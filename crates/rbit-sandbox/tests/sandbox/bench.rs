//! What the tests share: an executor, guests from text, plans for them.
//!
//! The same tests run over each executor: whoever includes them has a module `subject`, which says what is tested.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use rbit_job::{
    BuildRequest, Ending, Limits, Plan, Processor, QueueName, Reason, RunnerName, Transport,
    http::HttpExchange,
    port::{Execution, Executor, Folders, GuestLog, GuestStream, StopSignal},
};
use rbit_sandbox::SandboxSettings;
use rbit_testkit::guests::Fixture;
use tempfile::TempDir;

use crate::subject::{Subject, subject};

/// An executor with a folder for components and for one job of each runner.
pub(crate) struct Bench {
    pub(crate) sandbox: Subject,
    pub(crate) log: Arc<Lines>,
    folder: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with_jobs(4)
    }

    pub(crate) fn with_jobs(max_jobs: usize) -> Self {
        Self::with(SandboxSettings {
            max_jobs,
            max_memory: 256 << 20,
            ..SandboxSettings::default()
        })
    }

    pub(crate) fn with(settings: SandboxSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = subject(settings, folder.path()).unwrap();
        Self {
            sandbox,
            log: Arc::default(),
            folder,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file with these bytes.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// A plan for the guest of this name in `tests/guests`.
    pub(crate) fn plan(&self, guest: &str) -> Plan {
        plan(&self.file(&format!("{guest}.wasm"), module(guest)))
    }

    /// A plan for a guest that was built from source, with these settings.
    pub(crate) fn fixture_plan(&self, guest: Fixture, settings: &[(&str, &str)]) -> Plan {
        let pair = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        Plan {
            settings: settings.iter().map(pair).collect(),
            ..plan(&guest.path())
        }
    }

    /// A plan for a component whose core is in `tests/guests`.
    pub(crate) fn component_plan(&self, core: &str) -> Plan {
        let wat = frame("component")
            .replace("(; CORE ;)", &fixture(core))
            .replace("(; PRELUDE ;)", &frame("prelude"));
        plan(&self.file(&format!("{core}.wasm"), wat::parse_str(wat).unwrap()))
    }

    pub(crate) async fn run(&self, plan: &Plan) -> Execution {
        self.run_until(plan, Box::pin(std::future::pending())).await
    }

    pub(crate) async fn run_until(&self, plan: &Plan, stop: StopSignal) -> Execution {
        self.sandbox
            .execute(plan, &self.folders(plan), self.log.clone(), stop)
            .await
    }

    /// Those of the job, where a process for this runner's guests can see them.
    pub(crate) fn folders(&self, plan: &Plan) -> Folders {
        let job = self.path("scratch").join(plan.runner.as_str()).join("job");
        let folders = Folders {
            work: job.join("work"),
            output: job.join("output"),
        };
        for folder in [&folders.work, &folders.output] {
            fs::create_dir_all(folder).unwrap();
        }
        folders
    }
}

/// What guests printed, as `stream: line`.
#[derive(Default)]
pub(crate) struct Lines {
    lines: Mutex<Vec<String>>,
    exchanges: Mutex<Vec<HttpExchange>>,
    printed: tokio::sync::Notify,
}

impl Lines {
    pub(crate) fn all(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// The requests that are over.
    pub(crate) fn exchanges(&self) -> Vec<HttpExchange> {
        self.exchanges.lock().unwrap().clone()
    }

    /// Resolves when something has been printed.
    pub(crate) async fn any(&self) {
        self.printed.notified().await;
    }
}

impl GuestLog for Lines {
    fn line(&self, stream: GuestStream, line: &str) {
        self.lines.lock().unwrap().push(format!("{}: {line}", stream.as_str()));
        self.printed.notify_one();
    }

    fn exchange(&self, exchange: &HttpExchange) {
        self.exchanges.lock().unwrap().push(exchange.clone());
    }
}

/// A core module from `tests/guests`.
pub(crate) fn module(guest: &str) -> Vec<u8> {
    wat::parse_str(format!("(module {} {})", fixture(guest), prelude())).unwrap()
}

/// A text of these tests, or of the fixtures that the whole program is tested with, too.
pub(crate) fn fixture(name: &str) -> String {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../rbit-sandbox/tests/guests");
    let shared = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/wat");
    fs::read_to_string(format!("{own}/{name}.wat"))
        .or_else(|_| fs::read_to_string(format!("{shared}/{name}.wat")))
        .unwrap()
}

/// Memory, and an allocator.
pub(crate) fn prelude() -> String {
    frame("prelude")
}

/// What stands around the inside of a module (`prelude`) or of a component (`component`).
pub(crate) fn frame(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/wat");
    fs::read_to_string(format!("{folder}/{name}.txt")).unwrap()
}

pub(crate) fn plan(file: &Path) -> Plan {
    let request = BuildRequest {
        job: "4".into(),
        package: "m9003".into(),
        version: "1.2".into(),
        arch: "any".into(),
        suite: "latex".into(),
        dist: "cnx".into(),
        format: "pdf".into(),
        build_env: None,
        master: true,
        transport: Transport {
            method: "http".into(),
            uri: None,
            vcs_id: None,
        },
        commands: None,
        timestamp: 0,
        attempt: 1,
    };
    Plan {
        queue: QueueName::new("q").unwrap(),
        runner: RunnerName::new("r").unwrap(),
        processor: Processor::Wasm {
            file: file.to_owned(),
            sha256: None,
        },
        request,
        settings: vec![("name".into(), "value".into())],
        secrets: Vec::new(),
        mounts: Vec::new(),
        output_dir: "/nowhere".into(),
        limits: Limits {
            timeout: PATIENCE,
            memory: 16 << 20,
            ..Limits::default()
        },
        http: None,
        canned: None,
        chance: Default::default(),
    }
}

/// The reason and the text of an execution that did not succeed.
pub(crate) fn ending(execution: &Execution) -> (Reason, String) {
    let ending: &Ending = execution.result.as_ref().unwrap_err();
    (ending.reason(), ending.to_string())
}

/// Longer than anything here takes, shorter than a test run waits.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);
