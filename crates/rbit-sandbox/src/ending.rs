//! Every way in which a guest can end, and what it is called.

use std::time::Duration;

use rbit_job::{Ending, Limits, Reason, exit_code, port::StopCause};
use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use crate::{
    backtrace,
    bindings::rbit::runner::types::Error as GuestError,
    capability::files::Refusal,
    limit::{self, OutOfTime},
    state::JobState,
    text::{self, MAX_REASON},
};

/// How a guest ended.
pub(crate) enum End {
    /// It returned.
    Returned(Result<Vec<String>, GuestError>),
    /// It was a command, and ended with this exit code.
    Exited(i32),
    /// It could not be instantiated.
    NotStarted(wasmtime::Error),
    /// It was ended by itself, a limit or its deadline.
    Trapped(wasmtime::Error),
    /// It waited for the host when its time was over.
    OutOfTime,
    /// Somebody asked for its end.
    Stopped(StopCause),
}

/// What the guest was held to.
pub(crate) struct Bounds<'a> {
    pub(crate) limits: &'a Limits,
    /// Bytes of its stack.
    pub(crate) stack: u64,
    /// Its time on a processor.
    pub(crate) cpu: Duration,
    /// Its time on the wall.
    pub(crate) wall: Duration,
}

/// The file names it returned, or the ending.
pub(crate) fn judge(end: End, state: &JobState, bounds: &Bounds<'_>) -> Result<Vec<String>, Ending> {
    Err(match end {
        End::Returned(Ok(files)) => match unwritten(state) {
            None => return Ok(files),
            Some(met) => met.then("returned as if all had been written"),
        },
        End::Returned(Err(GuestError::Failed(text))) => match files_refused(state).or_else(|| http_refused(state)) {
            None => Ending::failed(Reason::GuestFailed, of_guest(&text, state)),
            Some(met) => met.then(&format!("failed: {}", of_guest(&text, state))),
        },
        End::Returned(Err(GuestError::Blocked(text))) => Ending::Blocked(of_guest(&text, state)),
        End::Exited(code) => match exit_code::ending(code, &state.meters.output.last_words()) {
            None => match unwritten(state) {
                None => return Ok(Vec::new()),
                Some(met) => met.then("exited with code 0 as if all had been written"),
            },
            Some(blocked @ Ending::Blocked(_)) => blocked,
            Some(failed) => match refused(state) {
                None => failed,
                Some(met) => met.then(&format!("ended with {failed}")),
            },
        },
        End::NotStarted(error) => not_started(&error, state, bounds),
        End::Trapped(error) => trapped(&error, state, bounds),
        End::OutOfTime => out_of_time(bounds, "it waited for the host".into()),
        End::Stopped(cause) => cause.into(),
    })
}

fn not_started(error: &wasmtime::Error, state: &JobState, bounds: &Bounds<'_>) -> Ending {
    if error.is::<PoolConcurrencyLimitError>() {
        return Ending::HostFault(format!("no room for another guest: {}", said(error)));
    }
    let is_of_its_code = error.is::<Trap>() || error.is::<OutOfTime>() || error.is::<I32Exit>();
    if is_of_its_code || met(error, state, bounds).is_some() {
        return trapped(error, state, bounds);
    }
    Ending::failed(
        Reason::InvalidComponent,
        of_guest(&format!("the component cannot be instantiated: {}", said(error)), state),
    )
}

/// The first cause that applies: a limit explains the trap that followed it.
fn trapped(error: &wasmtime::Error, state: &JobState, bounds: &Bounds<'_>) -> Ending {
    let place = place(error);
    match error.downcast_ref() {
        Some(OutOfTime::Wall) => return out_of_time(bounds, place.unwrap_or_else(|| "it ran".into())),
        Some(OutOfTime::Cpu) => return out_of_cpu(bounds, place.unwrap_or_else(|| "it ran".into())),
        None => {}
    }
    let what = joined([Some(what_happened(error, state)), place, last_words(state)]);
    match met(error, state, bounds) {
        Some(met) => met.then(&what),
        None => Ending::failed(Reason::GuestTrap, what),
    }
}

/// A limit that the guest met, in the words of the INI file.
struct Met {
    reason: Reason,
    text: String,
}

impl Met {
    fn new(reason: Reason, text: String) -> Option<Self> {
        Some(Self { reason, text })
    }

    fn then(self, what: &str) -> Ending {
        Ending::failed(self.reason, format!("{}; then it {what}", self.text))
    }
}

/// What ended the guest, if it was a limit. The order is from what an error says itself to what was refused at some time before.
fn met(error: &wasmtime::Error, state: &JobState, bounds: &Bounds<'_>) -> Option<Met> {
    if matches!(error.downcast_ref(), Some(Trap::StackOverflow)) {
        let limit = text::bytes(bounds.stack);
        return Met::new(
            Reason::StackLimit,
            format!("guest-stack: limit {limit}, peak {limit}, more refused"),
        );
    }
    if let Some(text) = limit::host_memory_exceeded(error, bounds.limits) {
        return Met::new(Reason::HostLimit, text);
    }
    if let Some(text) = limit::instances_exceeded(error, bounds.limits) {
        return Met::new(Reason::TableLimit, text);
    }
    refused(state)
}

/// What was refused at some time before.
fn refused(state: &JobState) -> Option<Met> {
    memory_refused(state)
        .or_else(|| tables_refused(state))
        .or_else(|| files_refused(state))
        .or_else(|| http_refused(state))
}

fn memory_refused(state: &JobState) -> Option<Met> {
    let memory = &state.limiter.memory;
    let [limit, peak, refused] = [memory.limit(), memory.peak(), memory.refused()?].map(text::bytes);
    Met::new(
        Reason::MemoryLimit,
        format!("memory: limit {limit}, peak {peak}, {refused} more refused"),
    )
}

fn tables_refused(state: &JobState) -> Option<Met> {
    let tables = &state.limiter.tables;
    let (limit, peak, refused) = (tables.limit(), tables.peak(), tables.refused()?);
    Met::new(
        Reason::TableLimit,
        format!("table-elements: limit {limit}, peak {peak}, {refused} more refused"),
    )
}

fn files_refused(state: &JobState) -> Option<Met> {
    let open = state.meters.ledger.refusals().open_files;
    unwritten(state).or_else(|| count_refused("open-files", open?))
}

/// A request that it could not make. Many guests cope with that, so it explains only a failure.
fn http_refused(state: &JobState) -> Option<Met> {
    let (reason, text) = state.meters.http.met()?;
    Met::new(reason, text)
}

/// Something is missing in its folders that it wanted there. It may know; but files that look whole and are not must never be
/// delivered because a program does not look at errors.
fn unwritten(state: &JobState) -> Option<Met> {
    let refusals = state.meters.ledger.refusals();
    let Some(disk) = refusals.disk else {
        return count_refused("files", refusals.files?);
    };
    let [limit, peak, refused] = [disk.limit, disk.peak, disk.refused].map(text::bytes);
    Met::new(
        Reason::DiskLimit,
        format!("disk: limit {limit}, peak {peak}, {refused} more refused"),
    )
}

fn count_refused(key: &str, refusal: Refusal) -> Option<Met> {
    let Refusal { limit, peak, refused } = refusal;
    Met::new(
        Reason::FileLimit,
        format!("{key}: limit {limit}, peak {peak}, {refused} more refused"),
    )
}

fn out_of_time(bounds: &Bounds<'_>, place: String) -> Ending {
    let (limit, used) = (bounds.limits.timeout, bounds.wall);
    Ending::failed(
        Reason::Timeout,
        format!("timeout: limit {limit:?} is over, used {used:?}; {place}"),
    )
}

fn out_of_cpu(bounds: &Bounds<'_>, place: String) -> Ending {
    let (limit, used) = (bounds.limits.cpu_time, bounds.cpu);
    Ending::failed(
        Reason::CpuLimit,
        format!("cpu-time: limit {limit:?} is over, used {used:?}; {place}"),
    )
}

fn what_happened(error: &wasmtime::Error, state: &JobState) -> String {
    if let Some(I32Exit(code)) = error.downcast_ref() {
        return format!("exited with code {code} instead of returning");
    }
    let cause = backtrace::causes(error).last().unwrap_or_default();
    format!(
        "trapped: {}",
        of_guest(cause.strip_prefix("wasm trap: ").unwrap_or(&cause), state)
    )
}

/// All that an error says, but for where the guest was.
fn said(error: &wasmtime::Error) -> String {
    let causes = backtrace::causes(error).filter(|cause| !cause.is_empty());
    causes.collect::<Vec<_>>().join(": ")
}

/// The innermost functions that were running.
fn place(error: &wasmtime::Error) -> Option<String> {
    backtrace::place(error.downcast_ref::<WasmBacktrace>()?)
}

fn last_words(state: &JobState) -> Option<String> {
    let tail = state.meters.output.stderr_tail();
    (!tail.is_empty()).then(|| format!("stderr: {tail}"))
}

fn joined(parts: [Option<String>; 3]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// What may be shown of a guest's words: secrets are taken out before anything is cut or escaped.
fn of_guest(text: &str, state: &JobState) -> String {
    text::printable(
        state.meters.output.redactor().text(text.trim_end()).as_ref(),
        MAX_REASON,
    )
}
