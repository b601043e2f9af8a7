//! What the tests of hostile children share: a folder with a runner, executors whose children are impostors, and what those say.

use std::{fs, os::unix::fs::symlink, path::Path, sync::Arc};

use rbit_cgroup::{Groups, NoGroups};
use rbit_jail::{
    JailSettings, ProcessExecutor,
    wire::{Done, FromChild, Hello, Landlock, Rlimits, Seccomp},
};
use rbit_job::{
    Ending, Plan, RunnerName, Usage,
    port::{Execution, Executor as _, Folders, StopSignal},
};
use rbit_sandbox::{CacheSettings, SandboxSettings};
use tempfile::TempDir;

use crate::suite::bench::{Lines, module, plan};

/// A folder with a runner whose component is compiled, as an honest child did it.
pub(crate) struct Bed {
    pub(crate) folder: TempDir,
    pub(crate) log: Arc<Lines>,
    pub(crate) plan: Plan,
}

impl Bed {
    pub(crate) async fn with(guest: &str, runner: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["work", "output"] {
            fs::create_dir_all(folder.path().join("scratch").join(runner).join("job").join(name)).unwrap();
        }
        let file = folder.path().join("guest.wasm");
        fs::write(&file, module(guest)).unwrap();
        let plan = Plan {
            runner: RunnerName::new(runner).unwrap(),
            ..plan(&file)
        };
        let log = Arc::default();
        let this = Self { folder, log, plan };
        this.honest().inspect(&file, None).unwrap();
        this
    }

    pub(crate) fn honest(&self) -> ProcessExecutor {
        self.executor(env!("CARGO_BIN_EXE_rbit-jail-child").as_ref())
    }

    /// An executor whose children say this, and then no more.
    pub(crate) fn impostor(&self, hello: &[u8], speech: &[u8]) -> ProcessExecutor {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/impostor.sh");
        let link = self.folder.path().join("impostor");
        let _ = symlink(script, &link);
        fs::write(self.folder.path().join("hello"), hello).unwrap();
        fs::write(self.folder.path().join("speech"), speech).unwrap();
        self.executor(&link)
    }

    pub(crate) fn executor(&self, program: &Path) -> ProcessExecutor {
        self.grouped(program, Err(NoGroups::Unwanted))
    }

    pub(crate) fn grouped(&self, program: &Path, groups: Result<Groups, NoGroups>) -> ProcessExecutor {
        let scratch = self.folder.path().join("scratch");
        let artifacts = CacheSettings {
            folder: self.folder.path().join("artifacts"),
            max_bytes: 1 << 30,
        };
        let guests = SandboxSettings {
            max_jobs: 2,
            http_ca: self.plan.http.as_ref().map(|_| Vec::new()),
            ..SandboxSettings::default()
        };
        ProcessExecutor::new(JailSettings {
            program: program.to_owned(),
            groups: Arc::new(groups),
            ..JailSettings::new(scratch, artifacts, guests)
        })
        .unwrap()
    }

    pub(crate) async fn run(&self, executor: &ProcessExecutor, stop: StopSignal) -> Execution {
        let job = self
            .folder
            .path()
            .join("scratch")
            .join(self.plan.runner.as_str())
            .join("job");
        let folders = Folders {
            work: job.join("work"),
            output: job.join("output"),
        };
        executor.execute(&self.plan, &folders, self.log.clone(), stop).await
    }
}

pub(crate) fn never() -> StopSignal {
    Box::pin(std::future::pending())
}

pub(crate) fn hello() -> Hello {
    Hello {
        no_new_privs: true,
        landlock: Landlock {
            abi: 7,
            is_enforced: true,
        },
        seccomp: Seccomp {
            is_enforced: true,
            is_strict: true,
            allowed: 90,
        },
        limits: Rlimits::default(),
        steps: vec![],
    }
}

/// What a child says when it is what it should be.
pub(crate) fn hello_said() -> Vec<u8> {
    said(&FromChild::Hello(Box::new(hello())))
}

pub(crate) fn said(message: &FromChild) -> Vec<u8> {
    message.encode().unwrap()
}

pub(crate) fn done(id: u64, result: Result<Vec<String>, Ending>) -> Vec<u8> {
    let usage = Usage::default();
    said(&FromChild::Done(id, Box::new(Done { result, usage })))
}

/// A header, whatever it says.
pub(crate) fn header(version: u8, kind: u8, length: u32) -> Vec<u8> {
    [&[version, kind, 0, 0][..], &length.to_le_bytes(), &1u64.to_le_bytes()].concat()
}
