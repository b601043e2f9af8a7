//! Programs of the machine: where runners may be such, and are.

use std::sync::Arc;

use async_trait::async_trait;
use rbit_cgroup::{Groups, NoGroups};
use rbit_config::Settings;
use rbit_job::{
    CommandLine, Ending, Plan, Processor, Usage, error_chain,
    port::{Execution, Executor, Folders, GuestLog, StopSignal},
};
use rbit_native::{Bubblewrap, NativeExecutor};
use tracing::info;

use crate::{exit_code::Code, failure::Failure, guests::Guests};

/// Runs guests where guests run, and programs of the machine under bubblewrap.
pub(crate) struct Executors {
    guests: Arc<Guests>,
    /// None where no runner is such a program.
    native: Option<NativeExecutor>,
}

impl Executors {
    /// What a box with these settings needs.
    pub(crate) fn new(guests: Arc<Guests>, settings: &Settings) -> Result<Self, Failure> {
        let groups = match guests.groups() {
            None if has_native(settings) => Some(Arc::new(Groups::make())),
            made => made,
        };
        if let Some(groups) = &groups {
            tell_of(groups);
        }
        let groups = groups.filter(|_| has_native(settings));
        let native = groups.map(NativeExecutor::new).transpose();
        let native = native.map_err(|error| {
            let error = anyhow::Error::new(error).context("cannot run the programs of `native!`");
            Failure::new(Code::Unavailable, error)
        })?;
        Ok(Self { guests, native })
    }

    /// What runs guests.
    pub(crate) fn guests(&self) -> Arc<Guests> {
        Arc::clone(&self.guests)
    }
}

/// Tells the log what bounds processes from outside.
fn tell_of(groups: &Result<Groups, NoGroups>) {
    match groups {
        Ok(groups) => {
            info!(group = %groups.folder().display(), "each process that runs jobs has a control group of its own");
        }
        Err(why) => info!(%why, help = why.help(), "processes that run jobs have no control groups of their own"),
    }
}

/// Whether a queue is served by a program of the machine.
pub(crate) fn has_native(settings: &Settings) -> bool {
    let mut runners = settings
        .queues
        .iter()
        .filter_map(|queue| settings.runner(&queue.runner));
    runners.any(|runner| matches!(runner.processor, Processor::Native(_)))
}

/// Whether this box could run such a program: the error says what is missing.
pub(crate) fn check(line: &CommandLine) -> Result<(), String> {
    Bubblewrap::find().map_err(|error| error_chain(&error))?;
    NativeExecutor::inspect(line).map_err(|error| error_chain(&error))?;
    Ok(())
}

#[async_trait]
impl Executor for Executors {
    async fn execute(&self, plan: &Plan, folders: &Folders, log: Arc<dyn GuestLog>, stop: StopSignal) -> Execution {
        match (&plan.processor, &self.native) {
            (Processor::Native(_), Some(native)) => native.execute(plan, folders, log, stop).await,
            (Processor::Native(_), None) => Execution {
                result: Err(Ending::HostFault(
                    "this box was not started for programs of `native!`".to_owned(),
                )),
                usage: Usage::default(),
            },
            _ => self.guests.execute(plan, folders, log, stop).await,
        }
    }
}
