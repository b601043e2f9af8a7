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
    Plan, Reason,
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
    let digest = jail.executor.inspect(&jail.folder.path().join("returns.wasm"), None);
    let digest = digest.unwrap().sha256;
    for _ in 0..3 {
        let execution = jail.run(&plan).await;
        assert_eq!(execution.usage.component.unwrap().to_string(), digest);
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
