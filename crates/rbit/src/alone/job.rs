//! One job, from its request to what came of it.

use std::{path::Path, sync::Arc, thread};

use jiff::Timestamp;
use rbit_config::Settings;
use rbit_job::{
    Attempt, Ending, JobKey, JobRequest, Outcome, Plan, Processor, QueueName, Runner, Usage, port::StopSignal,
};
use rbit_worker::{Performed, ScratchRoot, Workbench, perform_alone};
use tokio::sync::oneshot;

use super::{Recording, recording::Heard};
use crate::{failure::Failure, guests::Guests, native::Executors};

/// What jobs run on.
pub(crate) struct Bench {
    executors: Executors,
    scratch: ScratchRoot,
}

/// How a job went.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) performed: Performed,
    pub(crate) heard: Heard,
}

impl Bench {
    /// What `rbit run` would have for these settings.
    pub(crate) fn open(settings: &Settings) -> Result<Self, Failure> {
        Ok(Self {
            executors: Executors::new(Arc::new(Guests::of_a_box(Some(settings))?), settings)?,
            scratch: ScratchRoot::open(&settings.scratch_dir)?,
        })
    }

    /// Compiles what a runner needs, unless that was kept from before.
    pub(crate) async fn prepare(&self, processor: &Processor, stop: StopSignal) {
        let (done, is_done) = oneshot::channel();
        let (guests, processor) = (self.executors.guests(), processor.clone());
        // Whoever wants the end does not wait for a compiler: what it began ends with this process.
        thread::spawn(move || {
            guests.warm(&processor);
            done.send(())
        });
        tokio::select! {
            _ = is_done => {}
            _ = stop => {}
        }
    }

    /// Runs a plan; its files go to its `output_dir`.
    pub(crate) async fn run(
        &self,
        plan: &Plan,
        log: Arc<Recording>,
        stop: &(dyn Fn() -> StopSignal + Send + Sync),
    ) -> Ran {
        let key = JobKey::of(&plan.queue, Some(&plan.request.job), b"");
        let bench = Workbench {
            executor: &self.executors,
            scratch: &self.scratch,
        };
        let performed = perform_alone(bench, plan, &key, log.clone(), stop).await;
        Ran {
            performed,
            heard: log.take(),
        }
    }
}

impl Ran {
    /// A job that did not come to run.
    pub(crate) fn unstarted(ending: Ending) -> Self {
        let performed = Performed {
            outcome: Outcome::Ended(ending),
            usage: Usage::default(),
        };
        Self {
            performed,
            heard: Heard::default(),
        }
    }
}

/// The plan of a request, with its files in a folder as it is: no token in its name is replaced.
pub(crate) fn plan(request: &JobRequest, runner: &Runner, attempt: Attempt, output: &Path) -> Result<Plan, Ending> {
    let queue = QueueName::new("exec").map_err(|error| Ending::HostFault(error.to_string()))?;
    let runner = Runner {
        output_dir: rbit_job::template::PathTemplate::new("/"),
        ..runner.clone()
    };
    let plan = Plan::new(&queue, request, &runner, attempt, Timestamp::now())?;
    Ok(Plan {
        output_dir: output.to_owned(),
        ..plan
    })
}
