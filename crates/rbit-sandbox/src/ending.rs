//! Every way in which a guest can end, and what it is called.

use rbit_job::{Ending, Limits, Reason, port::StopCause};
use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use crate::{
    bindings::rbit::runner::types::Error as GuestError,
    limit::{self, OutOfTime},
    state::JobState,
    text::{self, MAX_REASON},
};

/// How a guest ended.
pub(crate) enum End {
    /// It returned.
    Returned(Result<Vec<String>, GuestError>),
    /// It could not be instantiated.
    NotStarted(wasmtime::Error),
    /// It was ended by itself, a limit or its deadline.
    Trapped(wasmtime::Error),
    /// It waited for the host when its time was over.
    OutOfTime,
    /// Somebody asked for its end.
    Stopped(StopCause),
}

/// The file names it returned, or the ending.
pub(crate) fn judge(end: End, state: &JobState, limits: &Limits) -> Result<Vec<String>, Ending> {
    Err(match end {
        End::Returned(Ok(files)) => return Ok(files),
        End::Returned(Err(GuestError::Failed(text))) => Ending::failed(Reason::GuestFailed, of_guest(&text)),
        End::Returned(Err(GuestError::Blocked(text))) => Ending::Blocked(of_guest(&text)),
        End::NotStarted(error) => not_started(&error, state, limits),
        End::Trapped(error) => trapped(&error, state, limits),
        End::OutOfTime => out_of_time(limits, "it waited for the host".into()),
        End::Stopped(cause) => cause.into(),
    })
}

fn not_started(error: &wasmtime::Error, state: &JobState, limits: &Limits) -> Ending {
    if error.is::<PoolConcurrencyLimitError>() {
        return Ending::HostFault(format!("no room for another guest: {error:#}"));
    }
    let is_of_its_code = error.is::<Trap>() || error.is::<OutOfTime>() || error.is::<I32Exit>();
    if is_of_its_code || state.limiter.memory.refused().is_some() {
        return trapped(error, state, limits);
    }
    Ending::failed(
        Reason::InvalidComponent,
        of_guest(&format!("the component cannot be instantiated: {error:#}")),
    )
}

/// The first cause that applies: a limit explains the trap that followed it.
fn trapped(error: &wasmtime::Error, state: &JobState, limits: &Limits) -> Ending {
    if error.is::<OutOfTime>() {
        return out_of_time(limits, place(error).unwrap_or_else(|| "it ran".into()));
    }
    let what = joined([Some(what_happened(error)), place(error), last_words(state)]);
    let memory = &state.limiter.memory;
    match memory.refused() {
        Some(refused) => {
            let (limit, peak, refused) = (
                text::bytes(memory.limit()),
                text::bytes(memory.peak()),
                text::bytes(refused),
            );
            let text = format!("memory: limit {limit}, peak {peak}, {refused} more refused; then it {what}");
            Ending::failed(Reason::MemoryLimit, text)
        }
        None => Ending::failed(Reason::GuestTrap, what),
    }
}

fn out_of_time(limits: &Limits, place: String) -> Ending {
    Ending::failed(
        Reason::Timeout,
        format!("timeout: limit {:?} is over; {place}", limits.timeout),
    )
}

fn what_happened(error: &wasmtime::Error) -> String {
    if let Some(I32Exit(code)) = error.downcast_ref() {
        return format!("exited with code {code} instead of returning");
    }
    if let Some(limit) = limit::host_memory_exceeded(error) {
        return format!("was ended: {limit}");
    }
    let cause = error.root_cause().to_string();
    format!(
        "trapped: {}",
        of_guest(cause.strip_prefix("wasm trap: ").unwrap_or(&cause))
    )
}

/// The innermost functions that were running, by the names the component gives them.
fn place(error: &wasmtime::Error) -> Option<String> {
    // Its text has a line `0: 0x1f - module!function` for each frame, and only there are names demangled.
    let backtrace = error.downcast_ref::<WasmBacktrace>()?.to_string();
    let functions = backtrace
        .lines()
        .filter_map(|line| line.split_once(" - "))
        .map(|(_, function)| function);
    let names: Vec<_> = functions.take(MAX_FRAMES).map(shown).collect();
    (!names.is_empty()).then(|| format!("in {}", names.join(" < ")))
}

/// Without the module's name, where it has none.
fn shown(function: &str) -> String {
    text::printable(function.strip_prefix("<unknown>!").unwrap_or(function), MAX_NAME)
}

fn last_words(state: &JobState) -> Option<String> {
    let tail = state.output.stderr_tail();
    (!tail.is_empty()).then(|| format!("stderr: {tail}"))
}

fn joined(parts: [Option<String>; 3]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn of_guest(text: &str) -> String {
    text::printable(text.trim_end(), MAX_REASON)
}

/// Functions that a reason names.
const MAX_FRAMES: usize = 4;
/// Bytes of one of their names.
const MAX_NAME: usize = 120;
