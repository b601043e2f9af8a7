//! One guest on a thread of its own, from its store to its end.
//!
//! A thread with a small runtime per guest: operations on files are done on it and nowhere else, and sharing the processors among
//! guests, and with the rest of the program, is left to the operating system.
//!
//! A guest that is told to end usually does so at the next tick. One that cannot hear it (in one long operation of the processor, or
//! in a system call) is not waited for: once the [gate](Gate) is closed and its output finished, nothing that it does can be
//! seen any more, and its end is reported. Its thread goes when it can, and keeps the job's room until then.

use std::{
    io,
    panic::{self, AssertUnwindSafe},
    sync::Arc,
    thread,
    time::Duration,
};

use rbit_job::{
    Ending, Plan, Reason, Usage,
    port::{Execution, Folders, StopCause, StopSignal},
};
use tokio::{
    runtime::Runtime,
    sync::oneshot::{self, error::TryRecvError},
};
use wasmtime::Store;

use crate::{
    bindings::Runner as RunnerInstance,
    capability::http::HttpClient,
    command,
    component::{Entry, Runner},
    ending::{self, Bounds, End},
    gate::{Closed, Gate},
    limit::{self, Deadline, Place},
    meters::{CpuClock, Meters},
    panic_text::panic_text,
    ready::Primed,
    state::{Code, JobState},
    ticker::Ticker,
};

/// Everything one guest needs.
pub(crate) struct Guest {
    pub(crate) runner: Arc<Runner>,
    pub(crate) plan: Plan,
    /// What a command is told: its own name first.
    pub(crate) arguments: Vec<String>,
    pub(crate) folders: Folders,
    pub(crate) meters: Arc<Meters>,
    pub(crate) gate: Arc<Gate>,
    /// Sends its requests, where it may make any.
    pub(crate) client: Option<HttpClient>,
    /// Bytes of its stack.
    pub(crate) stack: u64,
    /// Given back when the guest's memory is.
    pub(crate) place: Place,
    /// Ticks as long as a guest runs.
    pub(crate) ticker: Arc<Ticker>,
}

impl Guest {
    /// Runs to its end, or to the end that `stop` asks for.
    pub(crate) async fn run(self, primed: Option<Primed>, stop: StopSignal) -> Execution {
        let (meters, gate) = (self.meters.clone(), self.gate.clone());
        // Also when the caller gives up and drops this future.
        let _closing = ClosesGate(gate.clone());
        let timeout = self.plan.limits.timeout;
        let (stopper, stopped) = oneshot::channel();
        let (report, mut reported) = oneshot::channel();
        let spawned = thread::Builder::new()
            .name("guest".into())
            .spawn(move || self.live(primed, stopped, report));
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
            () = Deadline::after(timeout).passed() => out_of_reach(timeout, meters.usage().wall),
        };
        gate.close();
        match tokio::time::timeout(HEARING, &mut reported).await {
            Ok(execution) => heard(execution),
            Err(_) => beyond_hearing(ending, &meters, &gate, reported).await,
        }
    }

    /// The thread. The report is sent before the guest's memory is given back: that takes longer than a stop may, and touches
    /// nothing that anybody sees.
    fn live(self, primed: Option<Primed>, stopped: oneshot::Receiver<StopCause>, report: oneshot::Sender<Execution>) {
        let (execution, remains) = panic::catch_unwind(AssertUnwindSafe(|| self.execute(primed, stopped)))
            .unwrap_or_else(|panic| {
                let text = format!("the sandbox panicked: {}", panic_text(panic.as_ref()));
                (unstarted(Ending::HostFault(text)), None)
            });
        // Nobody listens when the caller gave up.
        let _ = report.send(execution);
        let Self { place, ticker, .. } = self;
        drop((remains, place, ticker));
    }

    fn execute(
        &self,
        primed: Option<Primed>,
        stopped: oneshot::Receiver<StopCause>,
    ) -> (Execution, Option<Store<JobState>>) {
        let prepared = runtime(self.plan.http.is_some())
            .map_err(|error| Ending::HostFault(format!("no runtime for the guest: {error}")))
            .and_then(|runtime| Ok((runtime, self.store(primed)?)));
        let (runtime, (mut store, begun)) = match prepared {
            Ok(prepared) => prepared,
            Err(ending) => return (unstarted(ending), None),
        };
        let clock = CpuClock::start();
        self.meters.start();
        let end = runtime.block_on(self.call_until(&mut store, begun, stopped, clock));
        self.meters.note_cpu(clock);
        store.data_mut().close();
        drop(runtime);
        self.meters.output.finish();
        let usage = self.meters.usage();
        let bounds = Bounds {
            limits: &self.plan.limits,
            stack: self.stack,
            cpu: usage.cpu,
            wall: usage.wall,
        };
        let result = ending::judge(end, store.data(), &bounds);
        (Execution { result, usage }, Some(store))
    }

    /// A store for the job, and in it an instance if that has begun already.
    fn store(&self, primed: Option<Primed>) -> Result<(Store<JobState>, Option<RunnerInstance>), Ending> {
        let code = Code {
            entrance: self.runner.entry.entrance(),
            arguments: &self.arguments,
        };
        let state = JobState::new(
            &code,
            &self.plan,
            &self.folders,
            self.meters.clone(),
            self.gate.clone(),
            self.client.clone(),
        )?;
        Ok(match primed {
            Some(primed) => {
                let (store, instance) = primed.give(state)?;
                (store, Some(instance))
            }
            None => (state.into_store(self.runner.engine()), None),
        })
    }

    /// Calls the guest until it returns, is stopped, or its time is over. Whatever it was doing is then dropped.
    async fn call_until(
        &self,
        store: &mut Store<JobState>,
        begun: Option<RunnerInstance>,
        mut stopped: oneshot::Receiver<StopCause>,
        clock: CpuClock,
    ) -> End {
        let deadline = Deadline::after(self.plan.limits.timeout);
        limit::interrupt(store, deadline, self.meters.clone(), clock);
        let end = tokio::select! {
            biased;
            // The other end is gone when the caller has given up: nobody will ask for the result.
            cause = &mut stopped => End::Stopped(cause.unwrap_or(StopCause::Drain)),
            end = Box::pin(self.call(store, begun)) => end,
            () = deadline.passed() => End::OutOfTime,
        };
        match end {
            // It stood before the closed gate: why that is closed is the end.
            End::NotStarted(error) | End::Trapped(error) if error.is::<Closed>() => match stopped.try_recv() {
                Ok(cause) => End::Stopped(cause),
                Err(TryRecvError::Empty) => End::OutOfTime,
                Err(TryRecvError::Closed) => End::Stopped(StopCause::Drain),
            },
            other => other,
        }
    }

    async fn call(&self, store: &mut Store<JobState>, begun: Option<RunnerInstance>) -> End {
        match (&self.runner.entry, begun) {
            (_, Some(instance)) => self.call_runner(&instance, store).await,
            (Entry::Runner(pre), None) => match pre.instantiate_async(&mut *store).await {
                Ok(instance) => {
                    self.meters.note_instance();
                    self.call_runner(&instance, store).await
                }
                Err(error) => End::NotStarted(error),
            },
            (Entry::Command(pre), None) => command::call_component(pre, store).await,
            (Entry::Module(pre), None) => command::call_module(pre, store).await,
        }
    }

    async fn call_runner(&self, instance: &RunnerInstance, store: &mut Store<JobState>) -> End {
        match instance
            .call_run(store, &(&self.plan.request).into(), &self.plan.settings)
            .await
        {
            Ok(returned) => End::Returned(returned),
            Err(error) => End::Trapped(error),
        }
    }
}

/// The end of a guest that does not hear. An operation that changes a file is waited for, since its effect could be seen; such
/// operations are short, but for a file system that is gone.
async fn beyond_hearing(
    ending: Ending,
    meters: &Meters,
    gate: &Gate,
    reported: oneshot::Receiver<Execution>,
) -> Execution {
    let gone = async {
        tokio::select! {
            biased;
            execution = reported => Some(heard(execution)),
            () = gate.empty() => None,
        }
    };
    if let Ok(Some(execution)) = tokio::time::timeout(SYSTEM_CALL_GRACE, gone).await {
        return execution;
    }
    meters.output.finish();
    Execution {
        result: Err(ending),
        usage: meters.usage(),
    }
}

struct ClosesGate(Arc<Gate>);

impl Drop for ClosesGate {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn heard(execution: Result<Execution, oneshot::error::RecvError>) -> Execution {
    execution.unwrap_or_else(|_| unstarted(Ending::HostFault("the guest's thread is gone".into())))
}

fn out_of_reach(timeout: Duration, used: Duration) -> Ending {
    let text = format!("timeout: limit {timeout:?} is over, used {used:?}; it was in one long operation");
    Ending::failed(Reason::Timeout, text)
}

/// An execution of which no guest code ran.
pub(crate) fn unstarted(ending: Ending) -> Execution {
    Execution {
        result: Err(ending),
        usage: Usage::default(),
    }
}

/// A runtime that can wait, and nothing else; for guests that may make requests, one with sockets of the host's.
pub(crate) fn runtime(has_http: bool) -> io::Result<Runtime> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time();
    if has_http {
        builder.enable_io();
    }
    builder.build()
}

/// How long a guest may take to hear that it has to end, and to say where it was. It hears it at the next tick; the rest is for
/// a busy machine. What a stop may take altogether is 100 ms.
const HEARING: Duration = Duration::from_millis(50);
/// How long an operation that changes a file may take to come back after the guest was told to end.
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
        let runtime = runtime(false).unwrap();
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
