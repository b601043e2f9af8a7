//! A child that runs the jobs of one runner.

use std::{collections::HashMap, path::Path, sync::Arc, thread};

use rbit_job::{
    Ending, Reason, error_chain,
    http::HttpExchange,
    port::{Execution, Executor as _, Folders, GuestLog, GuestStream, StopCause},
};
use rbit_sandbox::{ArtifactError, Authorities, Precompiled, Sandbox, SandboxSettings};
use tokio::{
    runtime::{self, Runtime},
    sync::{mpsc, oneshot},
};

use super::{
    Steps, Talk,
    exit::Exit,
    filter, greet,
    talk::{JobVoice, Voice},
    wall_in,
};
use crate::{
    harden::{self, Grant, Unfit, step},
    wire::{Done, Expect, FromChild, Init, Run, Task, ToChild},
};

pub(super) fn live(talk: &mut Talk, init: &Init, mut steps: Steps) -> Result<(), Unfit> {
    let Task::Run {
        scratch,
        mounts,
        artifact,
        kind,
        max_jobs,
        ready,
        max_memory,
        stack,
        has_http,
    } = &init.task
    else {
        return Err(step("run jobs")("it is to do something else"));
    };
    let settings = SandboxSettings {
        max_jobs: *max_jobs,
        ready: *ready,
        max_memory: *max_memory,
        stack: *stack,
        ..SandboxSettings::default()
    };
    #[expect(unsafe_code, reason = "compiled code is believed")]
    // SAFETY: the parent names a file of its own folder of artifacts, which it has verified and never changes.
    let mut precompiled = match unsafe { Precompiled::load(settings, artifact, *kind) } {
        Ok(precompiled) => precompiled,
        Err(error @ ArtifactError::Engine(_)) => return Err(step("start the engine")(error)),
        // More tables, instances or memory than a job may have: that is found when it is loaded.
        Err(error) => {
            talk.say(&FromChild::Refused(error_chain(&error)));
            return Ok(());
        }
    };
    if *has_http {
        let authorities = hear_authorities(talk).ok_or_else(|| step("hear of authorities")("the parent is gone"))?;
        precompiled = precompiled.believing(&authorities).map_err(step("set up encryption"))?;
        talk.expect_connections();
    }
    steps.done("engine and component");
    let grants: Vec<_> = [Grant::Write(scratch)]
        .into_iter()
        .chain(mounts.iter().map(|mount| Grant::Read(mount)))
        .collect();
    let landlock = wall_in(&grants, &mut steps)?;
    let sandbox = Sandbox::of(precompiled).map_err(step("start the sandbox"))?;
    let exit = Exit::default();
    let orders = start_desk(sandbox, talk.voice(), exit.clone())?;
    steps.done("threads");
    filter(init, *has_http, &mut steps)?;
    harden::test_in_folder(scratch)?;
    steps.done("self-test");
    greet(talk, init, landlock, *has_http, steps);
    // Whatever cannot be understood is as good as the parent's end. Leaving ends every guest.
    while let Ok(Some(order)) = talk.hear() {
        match order {
            ToChild::Dialled(_, dialled) => {
                let connection = dialled.result.is_ok().then(|| talk.connection()).flatten();
                exit.answer(dialled, connection);
            }
            order => {
                if orders.send(order).is_err() {
                    break;
                }
            }
        }
    }
    Ok(())
}

/// Everything up to the empty one; nothing if the parent left before that.
fn hear_authorities(talk: &mut Talk) -> Option<Authorities> {
    let mut certificates = Vec::new();
    loop {
        match talk.hear() {
            Ok(Some(ToChild::Authority(certificate))) if certificate.is_empty() => break,
            Ok(Some(ToChild::Authority(certificate))) => certificates.push(certificate),
            _ => return None,
        }
    }
    Some(Authorities::of(certificates))
}

/// Starts the thread on which jobs are watched. Each guest has a thread of its own besides.
fn start_desk(sandbox: Sandbox, voice: Voice, exit: Exit) -> Result<mpsc::UnboundedSender<ToChild>, Unfit> {
    let (orders, received) = mpsc::unbounded_channel();
    let runtime = runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(step("start the runtime"))?;
    thread::Builder::new()
        .name("jobs".into())
        .spawn(move || work(&runtime, &sandbox, &voice, &exit, received))
        .map_err(step("start a thread"))?;
    Ok(orders)
}

/// Starts and stops jobs until the other thread leaves.
fn work(
    runtime: &Runtime,
    sandbox: &Sandbox,
    voice: &Voice,
    exit: &Exit,
    mut orders: mpsc::UnboundedReceiver<ToChild>,
) {
    runtime.block_on(async {
        let mut stops: HashMap<u64, oneshot::Sender<StopCause>> = HashMap::new();
        while let Some(order) = orders.recv().await {
            match order {
                ToChild::Run(id, run) => {
                    stops.retain(|_, stop| !stop.is_closed());
                    let (stop, stopped) = oneshot::channel();
                    stops.insert(id, stop);
                    let voice = Arc::new(JobVoice::new(id, voice.clone()));
                    let sandbox = sandbox.dialling_with(exit.of_job(voice.clone()));
                    tokio::spawn(job(sandbox, voice, *run, stopped));
                }
                ToChild::Stop(id, cause) => {
                    if let Some(stop) = stops.remove(&id) {
                        // Fails when the job has just ended.
                        let _ = stop.send(cause);
                    }
                }
                ToChild::Expect(expect) => {
                    // There is one component, whatever it is called; that it cannot begin without a job is told when it is tried.
                    let Expect { limits, mounts } = *expect;
                    let _ = sandbox.prepare(Path::new(""), &limits, &mounts).await;
                }
                ToChild::Init(_)
                | ToChild::Source(_)
                | ToChild::Probe(_)
                | ToChild::Dialled(..)
                | ToChild::Authority(_) => break,
            }
        }
    });
}

async fn job(sandbox: Sandbox, voice: Arc<JobVoice>, run: Run, stopped: oneshot::Receiver<StopCause>) {
    let log = Arc::new(WireLog(voice.clone()));
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
    let done = |result| FromChild::Done(voice.job, Box::new(Done { result, usage }));
    if !voice.say_last(&done(result)) {
        let text = "it returned more names of files than can be passed on";
        voice.say_last(&done(Err(Ending::failed(Reason::ArtifactLimit, text))));
    }
}

/// Passes on what a guest prints, and what became of its requests.
struct WireLog(Arc<JobVoice>);

impl GuestLog for WireLog {
    fn line(&self, stream: GuestStream, line: &str) {
        self.0.say(&FromChild::Log(self.0.job, stream, line.to_owned()));
    }

    fn exchange(&self, exchange: &HttpExchange) {
        self.0.say(&FromChild::Exchange(self.0.job, Box::new(exchange.clone())));
    }
}
