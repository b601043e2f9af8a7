use std::{process::Command, sync::Arc, time::Instant};

use rbit_job::{
    Ending,
    port::{Executor as _, StopCause},
};

use crate::trial::{Heard, Trial, executor, processes_with, runtime, until};

/// Ignores whatever can be ignored, with processes that do the same.
fn stubborn(mark: u32) -> String {
    format!(
        "trap '' TERM INT HUP QUIT PIPE; (trap '' TERM HUP; setsid sleep {mark}) & (trap '' TERM; sleep {mark}) & sleep {mark}; sleep {mark}"
    )
}

#[test]
fn a_program_that_ignores_signals_is_gone_at_once_with_all_its_processes() {
    let mark = 970_000_000 + std::process::id();
    let (send, stop) = tokio::sync::oneshot::channel();
    let watcher = std::thread::spawn(move || {
        until("its three processes run", || {
            processes_with(&format!("sleep\0{mark}")) >= 3
        });
        send.send(Instant::now()).unwrap();
    });
    let told = Arc::new(std::sync::OnceLock::new());
    let told_at = told.clone();
    let tried = Trial::script(&stubborn(mark)).run_until(Box::pin(async move {
        told_at.set(stop.await.unwrap()).unwrap();
        StopCause::Cancel
    }));
    // How long it takes depends on the machine; 100 ms are promised.
    println!("gone after {:?}", told.get().unwrap().elapsed());
    assert_eq!(tried.execution.result, Err(Ending::Cancelled));
    assert_eq!(processes_with(&mark.to_string()), 0);
    watcher.join().unwrap();
}

#[test]
fn a_stop_before_the_start_is_a_stop() {
    let tried = Trial::script("echo ran").run_until(Box::pin(std::future::ready(StopCause::Drain)));
    assert_eq!(tried.execution.result, Err(Ending::Interrupted));
}

#[test]
fn a_program_ends_when_nobody_waits_for_it_any_more() {
    let mark = 960_000_000 + std::process::id();
    let trial = Trial::script(&format!("sleep {mark}; sleep {mark}"));
    let (executor, folders) = (executor(), trial.folders());
    runtime().block_on(async {
        let execution = executor.execute(
            &trial.plan,
            &folders,
            Arc::<Heard>::default(),
            Box::pin(std::future::pending()),
        );
        let seen = tokio::task::spawn_blocking(move || {
            until("it runs", || processes_with(&format!("sleep\0{mark}")) > 0);
        });
        tokio::select! {
            execution = execution => panic!("{execution:?}"),
            seen = seen => seen.unwrap(),
        }
    });
    until("nothing of it is left", || processes_with(&mark.to_string()) == 0);
}

#[test]
fn a_program_ends_when_the_one_who_started_it_is_killed() {
    let mark = 950_000_000 + std::process::id();
    // This very test program, told to run nothing but the test that waits.
    let mut starter = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "stop::starter", "--ignored", "--nocapture"])
        .env("RBIT_TEST_MARK", mark.to_string())
        .spawn()
        .unwrap();
    until("its program runs", || processes_with(&format!("sleep\0{mark}")) > 0);
    starter.kill().unwrap();
    starter.wait().unwrap();
    until("its program is gone", || processes_with(&mark.to_string()) == 0);
}

#[test]
#[ignore = "the other half of the test above, which starts it"]
fn starter() {
    let mark = std::env::var("RBIT_TEST_MARK").unwrap();
    let tried = Trial::script(&format!("trap '' TERM HUP; sleep {mark}; sleep {mark}")).run();
    panic!("it ended: {}", tried.text());
}
