//! Jobs in children: guests written as text, as in the tests of `rbit-sandbox`.

#![expect(clippy::unwrap_used, reason = "what the tests share panics as they do")]

#[path = "../../rbit-sandbox/tests/sandbox/bench.rs"]
#[expect(
    dead_code,
    reason = "the bench of the sandbox's tests, of which plans and logs are used"
)]
mod bench;

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use bench::{Lines, ending, module, plan};
use rbit_jail::{JailSettings, ProcessExecutor};
use rbit_job::{
    CommandLine, Plan, Processor, Reason,
    port::{Execution, Executor as _, Folders, StopCause, StopSignal},
};

struct Jail {
    executor: ProcessExecutor,
    log: Arc<Lines>,
    folder: tempfile::TempDir,
}

impl Jail {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["work", "output"] {
            fs::create_dir_all(folder.path().join("scratch/r/job").join(name)).unwrap();
        }
        let (scratch, artifacts) = (folder.path().join("scratch"), folder.path().join("artifacts"));
        let settings = JailSettings {
            program: env!("CARGO_BIN_EXE_rbit-jail-child").into(),
            ..JailSettings::new(scratch, artifacts, 2)
        };
        Self {
            executor: ProcessExecutor::new(settings).unwrap(),
            log: Arc::default(),
            folder,
        }
    }

    fn plan(&self, guest: &str) -> Plan {
        let file: PathBuf = self.folder.path().join(format!("{guest}.wasm"));
        fs::write(&file, module(guest)).unwrap();
        plan(&file)
    }

    async fn run_until(&self, plan: &Plan, stop: StopSignal) -> Execution {
        let job = self.folder.path().join("scratch/r/job");
        let folders = Folders {
            work: job.join("work"),
            output: job.join("output"),
        };
        self.executor.execute(plan, &folders, self.log.clone(), stop).await
    }

    async fn run(&self, plan: &Plan) -> Execution {
        self.run_until(plan, Box::pin(std::future::pending())).await
    }
}

#[tokio::test]
async fn a_guest_runs_in_a_child_and_its_content_is_compiled_once() {
    let jail = Jail::new();
    let plan = jail.plan("returns");
    for _ in 0..3 {
        let execution = jail.run(&plan).await;
        assert_eq!(execution.result.unwrap(), ["/output/a.pdf", "../../etc/passwd"]);
    }
    assert_eq!(jail.executor.compilations(), 1);
}

#[tokio::test]
async fn endings_and_output_are_those_of_the_sandbox() {
    let jail = Jail::new();
    assert_eq!(ending(&jail.run(&jail.plan("blocks")).await).0, Reason::GuestBlocked);
    assert_eq!(ending(&jail.run(&jail.plan("traps")).await).0, Reason::GuestTrap);
    assert_eq!(ending(&jail.run(&jail.plan("recurses")).await).0, Reason::StackLimit);
    assert_eq!(ending(&jail.run(&jail.plan("grows")).await).0, Reason::MemoryLimit);
    jail.run(&jail.plan("prints")).await;
    assert_eq!(jail.log.all().last().unwrap(), "stderr: over");
}

#[tokio::test]
async fn timeouts_and_stops_end_guests_and_the_child_goes_on() {
    let jail = Jail::new();
    for guest in ["spins", "sleeps"] {
        let mut plan = jail.plan(guest);
        plan.limits.timeout = Duration::from_millis(200);
        assert_eq!(ending(&jail.run(&plan).await).0, Reason::Timeout);
        plan.limits.timeout = Duration::from_secs(100);
        let stop = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            StopCause::Cancel
        };
        assert_eq!(
            ending(&jail.run_until(&plan, Box::pin(stop)).await).0,
            Reason::Cancelled
        );
    }
}

#[tokio::test]
async fn what_is_no_component_is_refused_by_the_compiling_child() {
    let jail = Jail::new();
    let file = jail.folder.path().join("x.wasm");
    fs::write(&file, "nonsense").unwrap();
    let (reason, text) = ending(&jail.run(&plan(&file)).await);
    assert_eq!(reason, Reason::InvalidComponent);
    assert!(text.ends_with("it is no WebAssembly binary"), "{text}");
}

/// A command that writes a line to stderr and `a` to a file of this name in `/output`, and exits with this code.
fn command(code: i32) -> Vec<u8> {
    wat::parse_str(format!(
        r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "a\0a")
        (func (export "_start")
            (i32.store (i32.const 80) (i32.const 0))
            (i32.store (i32.const 84) (i32.const 2))
            (drop (call $write (i32.const 2) (i32.const 80) (i32.const 1) (i32.const 88)))
            (drop (call $open (i32.const 4) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 1)
                (i64.const 0x1fffffff) (i64.const 0x1fffffff) (i32.const 0) (i32.const 96)))
            (drop (call $write (i32.load (i32.const 96)) (i32.const 80) (i32.const 1) (i32.const 88)))
            (call $exit (i32.const {code}))))"#
    ))
    .unwrap()
}

impl Jail {
    fn command_plan(&self, name: &str, bytes: &[u8]) -> Plan {
        let file = self.folder.path().join(format!("{name}.wasm"));
        fs::write(&file, bytes).unwrap();
        let line = CommandLine::new(vec![name.to_owned()], vec![file.clone()]).unwrap();
        Plan {
            processor: Processor::Shell(line),
            ..plan(&file)
        }
    }
}

#[tokio::test]
async fn a_command_runs_in_a_child_with_its_exit_code() {
    let jail = Jail::new();
    for _ in 0..2 {
        let execution = jail.run(&jail.command_plan("done", &command(0))).await;
        assert_eq!(execution.result, Ok(vec![]));
        assert_eq!(
            fs::read_to_string(jail.folder.path().join("scratch/r/job/output/a")).unwrap(),
            "a\n"
        );
    }
    assert_eq!(jail.executor.compilations(), 1);
    let execution = jail.run(&jail.command_plan("twenty", &command(20))).await;
    assert_eq!(ending(&execution), (Reason::GuestFailed, "exit code 20: a".into()));
    assert_eq!(
        ending(&jail.run(&jail.command_plan("later", &command(75))).await).0,
        Reason::GuestBlocked
    );
}

#[tokio::test]
async fn what_is_no_command_is_refused_by_the_compilers_child() {
    let jail = Jail::new();
    let library = wat::parse_str(r#"(module (func (export "_initialize")))"#).unwrap();
    let (reason, text) = ending(&jail.run(&jail.command_plan("library", &library)).await);
    assert_eq!(reason, Reason::InvalidComponent);
    assert!(text.contains("it is no command: it is a library"), "{text}");
    // The same file may be one thing and not the other.
    let runner = jail.command_plan("runner", &module("returns"));
    assert_eq!(ending(&jail.run(&runner).await).0, Reason::InvalidComponent);
    assert!(jail.run(&jail.plan("returns")).await.result.is_ok());
}
