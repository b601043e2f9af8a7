//! Compiling in a process of its own: what it may take, and who is waited for.

use std::{fs, path::Path, sync::Arc};

use rbit_jail::{JailSettings, ProcessExecutor};
use rbit_job::{
    Ending, Plan,
    port::{Execution, Executor as _, Folders, StopCause, StopSignal},
};
use rbit_sandbox::{CacheSettings, SandboxSettings};
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle, time::timeout};

use crate::suite::bench::{Lines, PATIENCE, fixture, module, plan, prelude};

/// An executor that compiles within these bounds.
fn executor(folder: &Path, bounds: impl FnOnce(&mut JailSettings)) -> ProcessExecutor {
    let kept = CacheSettings {
        folder: folder.join("artifacts"),
        max_bytes: 1 << 30,
    };
    let mut settings = JailSettings {
        program: env!("CARGO_BIN_EXE_rbit-jail-child").into(),
        ..JailSettings::new(folder.join("scratch"), kept, SandboxSettings::default())
    };
    bounds(&mut settings);
    ProcessExecutor::new(settings).unwrap()
}

/// A runner with a function so long that it takes much to compile.
fn bomb(steps: usize) -> Vec<u8> {
    let step = "(local.set 0 (i32.mul (i32.add (local.get 0) (local.get 1)) (i32.load (local.get 0))))";
    let body = step.repeat(steps);
    let guest = format!("(func (param i32 i32) {body})");
    wat::parse_str(format!("(module {guest} {} {})", fixture("returns"), prelude())).unwrap()
}

#[test]
fn a_component_that_takes_too_much_memory_to_compile_costs_its_jobs_alone() {
    let folder = TempDir::new().unwrap();
    let executor = executor(folder.path(), |settings| settings.compile_memory = 128 << 20);
    let file = |name: &str, bytes: Vec<u8>| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let error = executor.inspect(&file("bomb.wasm", bomb(60_000)), None).unwrap_err();
    assert!(error.is_limit() && !error.is_transient(), "{error}");
    let text = rbit_job::error_chain(&*error);
    assert!(
        text.ends_with("it takes more memory to compile than the limit `compile-memory`, 128 MiB"),
        "{text}"
    );
    assert!(executor.inspect(&file("guest.wasm", module("returns")), None).is_ok());
}

/// Starts a job, which is cancelled when what is returned is told so.
fn start(executor: &Arc<ProcessExecutor>, folder: &Path, plan: &Plan) -> (JoinHandle<Execution>, oneshot::Sender<()>) {
    let job = folder.join("scratch").join(plan.runner.as_str()).join("job");
    let folders = Folders {
        work: job.join("work"),
        output: job.join("output"),
    };
    for folder in [&folders.work, &folders.output] {
        fs::create_dir_all(folder).unwrap();
    }
    let (cancel, cancelled) = oneshot::channel();
    let stop: StopSignal = Box::pin(async move {
        match cancelled.await {
            Ok(()) => StopCause::Cancel,
            Err(_) => std::future::pending().await,
        }
    });
    let (executor, plan) = (executor.clone(), plan.clone());
    let running = tokio::spawn(async move {
        executor
            .execute(&plan, &folders, Arc::new(Lines::default()), stop)
            .await
    });
    (running, cancel)
}

async fn until(is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, waiting).await.unwrap();
}

/// Processes that this one has started and that are not over.
fn children() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let children = tasks.filter_map(|task| fs::read_to_string(task.unwrap().path().join("children")).ok());
    children.map(|of_task| of_task.split_whitespace().count()).sum()
}

/// What was compiled, or is being written.
fn artifacts(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| {
            if path.is_dir() {
                artifacts(&path)
            } else {
                usize::from(path.metadata().is_ok_and(|file| file.len() > 0))
            }
        })
        .sum()
}

#[tokio::test]
async fn a_compiler_is_killed_when_the_job_that_it_works_for_is_cancelled() {
    let folder = TempDir::new().unwrap();
    let executor = Arc::new(executor(folder.path(), |_| {}));
    let file = folder.path().join("bomb.wasm");
    fs::write(&file, bomb(400_000)).unwrap();
    let before = artifacts(&folder.path().join("artifacts"));
    let (running, cancel) = start(&executor, folder.path(), &plan(&file));
    until(|| executor.compilations() == 1 && children() == 1).await;
    cancel.send(()).unwrap();
    assert_eq!(running.await.unwrap().result, Err(Ending::Cancelled));
    until(|| children() == 0).await;
    assert_eq!(
        artifacts(&folder.path().join("artifacts")),
        before,
        "it went on to its end"
    );
}

#[tokio::test]
async fn a_compiler_that_another_job_waits_for_goes_on() {
    let folder = TempDir::new().unwrap();
    let executor = Arc::new(executor(folder.path(), |_| {}));
    let file = folder.path().join("slow.wasm");
    fs::write(&file, bomb(20_000)).unwrap();
    let (running, cancel) = start(&executor, folder.path(), &plan(&file));
    until(|| executor.compilations() == 1 && children() == 1).await;
    let (other, _never) = start(&executor, folder.path(), &plan(&file));
    // It waits as well once it has been polled.
    tokio::task::yield_now().await;
    cancel.send(()).unwrap();
    assert_eq!(running.await.unwrap().result, Err(Ending::Cancelled));
    assert!(other.await.unwrap().result.is_ok());
    assert_eq!(executor.compilations(), 1);
}
