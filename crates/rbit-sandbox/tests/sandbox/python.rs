//! Plain Python source in the sandbox: what is the same as anywhere, and what is not there.

mod alone;
mod endings;
mod http;
mod library;
pub(crate) mod ready;
mod web;

use std::{
    fs::{self, File},
    path::PathBuf,
};

use rbit_job::{Ending, Plan, Processor, PythonCall, Reason, python_call::module_mount};
use rbit_sandbox::{CacheSettings, SandboxSettings};
use rbit_testkit::guests::guest;

use crate::suite::bench::{Bench, plan};

/// A sandbox with a folder of modules.
pub(crate) struct Desk {
    pub(crate) bench: Bench,
}

/// How a job ended, and what it printed.
struct Seen {
    result: Result<Vec<String>, Ending>,
    lines: Vec<String>,
}

impl Desk {
    fn new() -> Self {
        Self::with(SandboxSettings::default())
    }

    fn with(settings: SandboxSettings) -> Self {
        let cache = shared_cache();
        // Compiled by one test at a time, and by the first alone.
        let turn = File::create(cache.with_extension("lock")).unwrap();
        turn.lock().unwrap();
        let bench = Bench::with(SandboxSettings {
            max_jobs: 4,
            max_memory: 512 << 20,
            stack: 8 << 20,
            cache: Some(CacheSettings {
                folder: cache,
                max_bytes: 1 << 30,
            }),
            ..settings
        });
        bench.sandbox.inspect(&guest("python"), None).unwrap();
        fs::create_dir(bench.path("modules")).unwrap();
        Self { bench }
    }

    /// Puts a module into the folder.
    fn module(&self, name: &str, text: &str) -> &Self {
        let file = self.bench.path("modules").join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
        self
    }

    /// A plan for `run` in the module `worker`.
    pub(crate) fn plan(&self) -> Plan {
        let mut plan = plan(&guest("python"));
        plan.processor = Processor::Python(PythonCall {
            module: "worker".into(),
            callable: "run".into(),
            component: guest("python"),
            sees_sources_only: false,
        });
        plan.settings
            .push(("runner".to_owned(), "python!worker:run".to_owned()));
        plan.mounts = vec![module_mount(0, self.bench.path("modules"))];
        plan.limits.memory = 128 << 20;
        plan
    }

    async fn run(&self) -> Seen {
        self.run_plan(&self.plan()).await
    }

    async fn run_plan(&self, plan: &Plan) -> Seen {
        let before = self.bench.log.all().len();
        let result = self.bench.run(plan).await.result;
        let lines = self.bench.log.all().split_off(before);
        Seen { result, lines }
    }
}

impl Seen {
    /// What it returned.
    fn done(&self) -> Vec<&str> {
        assert!(self.result.is_ok(), "{:?} {:?}", self.result, self.lines);
        self.result.iter().flatten().map(String::as_str).collect()
    }

    /// The text with which it failed.
    fn failed(&self) -> &str {
        let text = match &self.result {
            Err(Ending::Failed {
                reason: Reason::GuestFailed,
                text,
            }) => Some(text),
            _ => None,
        };
        assert!(text.is_some(), "{:?} {:?}", self.result, self.lines);
        text.unwrap()
    }
}

/// Runs `run` of one module, whose text this is.
async fn run(text: &str) -> Seen {
    Desk::new().module("worker.py", text).run().await
}

/// The same of the inside of the function.
async fn run_body(body: &str) -> Seen {
    run(&function(body)).await
}

/// A module with `run`, of this inside.
fn function(body: &str) -> String {
    let body: String = body.lines().map(|line| format!("    {line}\n")).collect();
    format!("import rbit\n\ndef run(request, settings):\n{body}")
}

/// Beside the guests, for all tests and runs of them: the component takes half a minute to compile.
fn shared_cache() -> PathBuf {
    let folder = guest("python").with_file_name("compiled");
    fs::create_dir_all(folder.parent().unwrap()).unwrap();
    folder
}
