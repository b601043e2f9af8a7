//! A child that runs the jobs of one runner.

use std::{collections::HashMap, sync::Arc, thread};

use rbit_job::{
    Ending, Reason, error_chain,
    http::HttpExchange,
    port::{Execution, Executor as _, Folders, GuestLog, GuestStream, StopCause},
};
use rbit_sandbox::{ArtifactError, Precompiled, Sandbox, SandboxSettings};
use tokio::{
    runtime::{self, Runtime},
    sync::{mpsc, oneshot},
};

use super::{Steps, Talk, filter, greet, talk::Voice, wall_in};
use crate::{
    harden::{self, Grant, Unfit, step},
    wire::{Done, FromChild, Init, Run, Task, ToChild},
};

pub(super) fn live(talk: &mut Talk, init: &Init, mut steps: Steps) -> Result<(), Unfit> {
    let Task::Run {
        scratch,
        mounts,
        artifact,
        kind,
        max_jobs,
        max_memory,
        stack,
    } = &init.task
    else {
        return Err(step("run jobs")("it is to do something else"));
    };
    let settings = SandboxSettings {
        max_jobs: *max_jobs,
        max_memory: *max_memory,
        stack: *stack,
        ..SandboxSettings::default()
    };
    #[expect(unsafe_code, reason = "compiled code is believed")]
    // SAFETY: the parent names a file of its own folder of artifacts, which it has verified and never changes.
    let precompiled = match unsafe { Precompiled::load(settings, artifact, *kind) } {
        Ok(precompiled) => precompiled,
        Err(error @ ArtifactError::Engine(_)) => return Err(step("start the engine")(error)),
        // More tables, instances or memory than a job may have: that is found when it is loaded.
        Err(error) => {
            talk.say(&FromChild::Refused(error_chain(&error)));
            return Ok(());
        }
    };
    steps.done("engine and component");
    let grants: Vec<_> = [Grant::Write(scratch)]
        .into_iter()
        .chain(mounts.iter().map(|mount| Grant::Read(mount)))
        .collect();
    let landlock = wall_in(&grants, &mut steps)?;
    let sandbox = Sandbox::of(precompiled).map_err(step("start the sandbox"))?;
    let orders = start_desk(sandbox, talk.voice())?;
    steps.done("threads");
    filter(init, &mut steps)?;
    harden::test_in_folder(scratch)?;
    steps.done("self-test");
    greet(talk, init, landlock, steps);
    // Whatever cannot be understood is as good as the parent's end. Leaving ends every guest.
    while let Ok(Some(order)) = talk.hear() {
        if orders.send(order).is_err() {
            break;
        }
    }
    Ok(())
}

/// Starts the thread on which jobs are watched. Each guest has a thread of its own besides.
fn start_desk(sandbox: Sandbox, voice: Voice) -> Result<mpsc::UnboundedSender<ToChild>, Unfit> {
    let (orders, received) = mpsc::unbounded_channel();
    let runtime = runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(step("start the runtime"))?;
    thread::Builder::new()
        .name("jobs".into())
        .spawn(move || work(&runtime, Arc::new(sandbox), &voice, received))
        .map_err(step("start a thread"))?;
    Ok(orders)
}

/// Starts and stops jobs until the other thread leaves.
fn work(runtime: &Runtime, sandbox: Arc<Sandbox>, voice: &Voice, mut orders: mpsc::UnboundedReceiver<ToChild>) {
    runtime.block_on(async {
        let mut stops: HashMap<u64, oneshot::Sender<StopCause>> = HashMap::new();
        while let Some(order) = orders.recv().await {
            match order {
                ToChild::Run(id, run) => {
                    stops.retain(|_, stop| !stop.is_closed());
                    let (stop, stopped) = oneshot::channel();
                    stops.insert(id, stop);
                    tokio::spawn(job(sandbox.clone(), voice.clone(), id, *run, stopped));
                }
                ToChild::Stop(id, cause) => {
                    if let Some(stop) = stops.remove(&id) {
                        // Fails when the job has just ended.
                        let _ = stop.send(cause);
                    }
                }
                ToChild::Init(_) | ToChild::Source(_) | ToChild::Probe(_) => break,
            }
        }
    });
}

async fn job(sandbox: Arc<Sandbox>, voice: Voice, id: u64, run: Run, stopped: oneshot::Receiver<StopCause>) {
    let log = Arc::new(WireLog {
        voice: voice.clone(),
        id,
    });
    let folders = Folders {
        work: run.work,
        output: run.output,
    };
    let stop = async {
        match stopped.await {
            Ok(cause) => cause,
            Err(_) => std::future::pending().await,
        }
    };
    let Execution { result, usage } = sandbox.execute(&run.plan, &folders, log, Box::pin(stop)).await;
    let done = |result| FromChild::Done(id, Box::new(Done { result, usage }));
    if !voice.say(&done(result)) {
        let text = "it returned more names of files than can be passed on";
        voice.say(&done(Err(Ending::failed(Reason::ArtifactLimit, text))));
    }
}

/// Passes on what a guest prints.
struct WireLog {
    voice: Voice,
    id: u64,
}

impl GuestLog for WireLog {
    fn line(&self, stream: GuestStream, line: &str) {
        self.voice.say(&FromChild::Log(self.id, stream, line.to_owned()));
    }

    fn exchange(&self, exchange: &HttpExchange) {
        self.voice
            .say(&FromChild::Exchange(self.id, Box::new(exchange.clone())));
    }
}
