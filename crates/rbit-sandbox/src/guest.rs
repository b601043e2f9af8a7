//! One guest on a thread of its own, from its store to its end.
//!
//! A thread with a small runtime per guest, because of what must be true when an execution comes back: nothing of the guest
//! runs any more. wasmtime-wasi reads and writes files on helper threads of the runtime it finds itself in, and dropping a
//! future does not stop them. This runtime has one guest, and dropping it waits for its helpers. It also leaves sharing the
//! processors among guests, and with the rest of the program, to the operating system.

use std::{
    io,
    panic::{self, AssertUnwindSafe},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rbit_job::{
    Ending, Plan, Reason, Usage,
    port::{Execution, Folders, GuestLog, StopCause, StopSignal},
};
use tokio::{
    runtime::Runtime,
    sync::{OwnedSemaphorePermit, oneshot},
};
use wasmtime::Store;

use crate::{
    capability::output::GuestOutput,
    component::Runner,
    ending::{self, End},
    limit::{self, Deadline},
    panic_text::panic_text,
    state::JobState,
    ticker::Ticker,
};

/// Everything one guest needs.
pub(crate) struct Guest {
    pub(crate) runner: Arc<Runner>,
    pub(crate) plan: Plan,
    pub(crate) folders: Folders,
    pub(crate) log: Arc<dyn GuestLog>,
    /// Given back when the guest's memory is.
    pub(crate) slot: OwnedSemaphorePermit,
    /// Ticks as long as a guest runs.
    pub(crate) ticker: Arc<Ticker>,
}

impl Guest {
    /// Runs to its end, or to the end that `stop` asks for.
    pub(crate) async fn run(self, stop: StopSignal) -> Execution {
        let timeout = self.plan.limits.timeout;
        let (stopper, stopped) = oneshot::channel();
        let (report, mut reported) = oneshot::channel();
        let spawned = thread::Builder::new()
            .name("guest".into())
            .spawn(move || self.live(stopped, report));
        if let Err(error) = spawned {
            return unstarted(Ending::HostFault(format!("no thread for the guest: {error}")));
        }
        let ending = tokio::select! {
            biased;
            execution = &mut reported => return heard(execution),
            cause = stop => {
                // It fails if the guest has just ended, which is then what is reported.
                let _ = stopper.send(cause);
                cause.into()
            }
            () = Deadline::after(timeout).passed() => out_of_reach(timeout),
        };
        // What has not ended a moment later is in a system call that does not come back, as on a pipe in a mount. Its thread is left
        // behind, and keeps its slot.
        match tokio::time::timeout(SYSTEM_CALL_GRACE, reported).await {
            Ok(execution) => heard(execution),
            Err(_) => unstarted(ending),
        }
    }

    /// The thread. The report is sent before the guest's memory is given back: that takes longer than a stop may, and touches
    /// nothing that anybody sees.
    fn live(self, stopped: oneshot::Receiver<StopCause>, report: oneshot::Sender<Execution>) {
        let (execution, remains) =
            panic::catch_unwind(AssertUnwindSafe(|| self.execute(stopped))).unwrap_or_else(|panic| {
                let text = format!("the sandbox panicked: {}", panic_text(panic.as_ref()));
                (unstarted(Ending::HostFault(text)), None)
            });
        // Nobody listens when the caller gave up.
        let _ = report.send(execution);
        let Self { slot, ticker, .. } = self;
        drop((remains, slot, ticker));
    }

    fn execute(&self, stopped: oneshot::Receiver<StopCause>) -> (Execution, Option<Store<JobState>>) {
        let output = Arc::new(GuestOutput::new(self.log.clone(), self.plan.limits.log));
        let prepared = runtime().and_then(|runtime| Ok((runtime, self.store(output.clone())?)));
        let (runtime, mut store) = match prepared {
            Ok(prepared) => prepared,
            Err(ending) => return (unstarted(ending), None),
        };
        let start = Instant::now();
        let end = runtime.block_on(self.call_until(&mut store, stopped));
        let wall = start.elapsed();
        store.data_mut().close();
        drop(runtime);
        output.finish();
        let usage = Usage {
            wall,
            memory_peak: store.data().limiter.memory.peak(),
            log_bytes: output.bytes(),
        };
        let result = ending::judge(end, store.data(), &self.plan.limits);
        (Execution { result, usage }, Some(store))
    }

    fn store(&self, output: Arc<GuestOutput>) -> Result<Store<JobState>, Ending> {
        JobState::store(self.runner.pre.engine(), &self.plan, &self.folders, output)
    }

    /// Calls the guest until it returns, is stopped, or its time is over. Whatever it was doing is then dropped.
    async fn call_until(&self, store: &mut Store<JobState>, stopped: oneshot::Receiver<StopCause>) -> End {
        let deadline = Deadline::after(self.plan.limits.timeout);
        limit::interrupt(store, deadline);
        tokio::select! {
            biased;
            // The other end is gone when the caller has given up: nobody will ask for the result.
            cause = stopped => End::Stopped(cause.unwrap_or(StopCause::Drain)),
            end = Box::pin(self.call(store)) => end,
            () = deadline.passed() => End::OutOfTime,
        }
    }

    async fn call(&self, store: &mut Store<JobState>) -> End {
        let instance = match self.runner.pre.instantiate_async(&mut *store).await {
            Ok(instance) => instance,
            Err(error) => return End::NotStarted(error),
        };
        match instance
            .call_run(store, &(&self.plan.request).into(), &self.plan.settings)
            .await
        {
            Ok(returned) => End::Returned(returned),
            Err(error) => End::Trapped(error),
        }
    }
}

fn heard(execution: Result<Execution, oneshot::error::RecvError>) -> Execution {
    execution.unwrap_or_else(|_| unstarted(Ending::HostFault("the guest's thread is gone".into())))
}

fn out_of_reach(timeout: Duration) -> Ending {
    let text = format!("timeout: limit {timeout:?} is over, and it waits in a system call that cannot be ended");
    Ending::failed(Reason::Timeout, text)
}

/// An execution of which no guest code ran.
pub(crate) fn unstarted(ending: Ending) -> Execution {
    Execution {
        result: Err(ending),
        usage: Usage::default(),
    }
}

/// A runtime that can wait, and nothing else: guests have no sockets.
fn runtime() -> Result<Runtime, Ending> {
    let built: io::Result<_> = tokio::runtime::Builder::new_current_thread().enable_time().build();
    built.map_err(|error| Ending::HostFault(format!("no runtime for the guest: {error}")))
}

/// How long a guest's system call may take to come back after the guest was told to end. Calls on files are short; one on a pipe, or
/// on a file system that is gone, may last for ever.
const SYSTEM_CALL_GRACE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use std::sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    };

    use super::*;

    #[test]
    fn the_end_of_a_runtime_waits_for_its_helpers() {
        let (started, has_started) = mpsc::channel();
        let (_never, writes) = mpsc::channel::<()>();
        let is_written = Arc::new(AtomicBool::new(false));
        let written = is_written.clone();
        let runtime = runtime().unwrap();
        runtime.spawn_blocking(move || {
            started.send(()).unwrap();
            let _ = writes.recv_timeout(Duration::from_millis(50));
            written.store(true, Ordering::Release);
        });
        has_started.recv().unwrap();
        drop(runtime);
        assert!(is_written.load(Ordering::Acquire));
    }
}
