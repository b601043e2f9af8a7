//! Commands: called by their entrance, ended by an exit code.

use std::path::Path;

use rbit_job::{Plan, Processor};
use wasmtime::{InstancePre, Store};
use wasmtime_wasi::{I32Exit, p2::bindings::CommandPre};

use crate::{ending::End, state::JobState};

/// What a command is told: the stem of its file's name, then the arguments of its line. Nothing for what is no command.
pub(crate) fn arguments(plan: &Plan, file: &Path) -> Vec<String> {
    let Processor::Shell(line) = &plan.processor else {
        return Vec::new();
    };
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    std::iter::once(stem).chain(line.arguments().iter().cloned()).collect()
}

/// Runs a component that exports `wasi:cli/run`.
pub(crate) async fn call_component(pre: &CommandPre<JobState>, store: &mut Store<JobState>) -> End {
    let command = match pre.instantiate_async(&mut *store).await {
        Ok(command) => command,
        Err(error) => return not_started(error),
    };
    match command.wasi_cli_run().call_run(store).await {
        Ok(Ok(())) => End::Exited(0),
        Ok(Err(())) => End::Exited(1),
        Err(error) => exited_or_trapped(error),
    }
}

/// Runs a core module that exports `_start`.
pub(crate) async fn call_module(pre: &InstancePre<JobState>, store: &mut Store<JobState>) -> End {
    let started = async {
        let instance = pre.instantiate_async(&mut *store).await?;
        instance.get_typed_func::<(), ()>(&mut *store, START)
    };
    let start = match started.await {
        Ok(start) => start,
        Err(error) => return not_started(error),
    };
    match start.call_async(store, ()).await {
        Ok(()) => End::Exited(0),
        Err(error) => exited_or_trapped(error),
    }
}

/// A module may have a start function besides, which may exit as well.
fn not_started(error: wasmtime::Error) -> End {
    match error.downcast_ref() {
        Some(I32Exit(code)) => End::Exited(*code),
        None => End::NotStarted(error),
    }
}

/// `exit(0)` is an error too.
fn exited_or_trapped(error: wasmtime::Error) -> End {
    match error.downcast_ref() {
        Some(I32Exit(code)) => End::Exited(*code),
        None => End::Trapped(error),
    }
}

/// The entrance of a command that is a core module.
pub(crate) const START: &str = "_start";
