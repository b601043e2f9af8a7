//! Where guests run.

use std::{path::Path, sync::Arc};

use async_trait::async_trait;
use rbit_cgroup::{Groups, NoGroups};
use rbit_config::{Isolation, Settings};
use rbit_jail::{JailSettings, ProcessExecutor, look};
use rbit_job::{
    CommandLine, Ending, Limits, Plan, Processor, Runner, error_chain,
    port::{Execution, Executor, Folders, GuestLog, StopSignal},
};
use rbit_sandbox::{CacheSettings, ComponentInfo, LoadError, READY_MEMORY, Sandbox, SandboxSettings};

use crate::{exit_code::Code, failure::Failure, python};

/// What runs guests.
pub(crate) enum Guests {
    /// Not to be run, only looked at.
    Looking(Sandbox),
    /// In this process.
    Here(Sandbox),
    /// In processes that have given up what guests do not need.
    Apart(Box<ProcessExecutor>),
}

impl Guests {
    /// For commands that only look at components: nothing is run and nothing is kept.
    pub(crate) fn to_look_at(settings: Option<&Settings>) -> Result<Self, Failure> {
        let settings = settings.map(sandbox_settings).unwrap_or_default();
        Ok(Self::Looking(here(settings)?))
    }

    /// For a box. Without settings there will be none, but a list of all that is wrong with them.
    pub(crate) fn of_a_box(settings: Option<&Settings>) -> Result<Self, Failure> {
        settings.map_or_else(|| Self::to_look_at(None), Self::to_run)
    }

    fn to_run(settings: &Settings) -> Result<Self, Failure> {
        match settings.guests.isolation {
            Isolation::Thread => Ok(Self::Here(here(lasting(settings))?)),
            Isolation::Process => apart(settings),
        }
    }

    /// What the component in a file is, or why no job could run it.
    pub(crate) fn inspect(&self, file: &Path, sha256: Option<&str>) -> Result<ComponentInfo, Arc<LoadError>> {
        match self {
            Self::Looking(sandbox) | Self::Here(sandbox) => sandbox.inspect(file, sha256),
            Self::Apart(processes) => processes.inspect(file, sha256),
        }
    }

    /// The same for the command of a command line.
    pub(crate) fn inspect_command(&self, line: &CommandLine) -> Result<ComponentInfo, Arc<LoadError>> {
        match self {
            Self::Looking(sandbox) | Self::Here(sandbox) => sandbox.inspect_command(line),
            Self::Apart(processes) => processes.inspect_command(line),
        }
    }
}

impl Guests {
    /// Has what a processor names compiled and kept. What is wrong with it is told to whoever runs it.
    pub(crate) fn warm(&self, processor: &Processor) {
        match processor {
            Processor::Wasm { file, sha256 } => drop(self.inspect(file, sha256.as_deref())),
            Processor::Python(call) => drop(self.inspect(&call.component, None)),
            Processor::Shell(line) => drop(self.inspect_command(line)),
            Processor::Native(_) => {}
        }
    }

    /// Has an instance begin for the first job of a runner in Python, whose jobs have their folders in this one. Without it that job starts
    /// one itself.
    pub(crate) async fn prepare(&self, runner: &Runner, scratch: &Path) -> Result<(), Ending> {
        let Processor::Python(call) = &runner.processor else {
            return Ok(());
        };
        match self {
            Self::Looking(_) => Ok(()),
            Self::Here(sandbox) => sandbox.prepare(&call.component, &runner.limits, &runner.mounts).await,
            Self::Apart(processes) => processes.prepare(runner, scratch).await,
        }
    }

    /// What bounds processes with guests from outside; none where guests have no processes.
    pub(crate) fn groups(&self) -> Option<Arc<Result<Groups, NoGroups>>> {
        match self {
            Self::Looking(_) | Self::Here(_) => None,
            Self::Apart(processes) => Some(processes.groups()),
        }
    }

    /// Has a component of rbit's own ready for the first job that needs it. Where none is to be run, it is enough that it is there: to
    /// compile a language runtime takes seconds.
    pub(crate) fn inspect_ahead(&self, file: &Path) -> Result<(), String> {
        python::looks_like_one(file)?;
        match self {
            Self::Looking(_) => Ok(()),
            _ => self.inspect(file, None).map(drop).map_err(|error| error_chain(&*error)),
        }
    }
}

#[async_trait]
impl Executor for Guests {
    async fn execute(&self, plan: &Plan, folders: &Folders, log: Arc<dyn GuestLog>, stop: StopSignal) -> Execution {
        match self {
            Self::Looking(sandbox) | Self::Here(sandbox) => sandbox.execute(plan, folders, log, stop).await,
            Self::Apart(processes) => processes.execute(plan, folders, log, stop).await,
        }
    }
}

/// A sandbox in this process that keeps what it compiles.
fn lasting(settings: &Settings) -> SandboxSettings {
    SandboxSettings {
        cache: Some(kept(settings)).filter(|cache| cache.max_bytes > 0),
        ..sandbox_settings(settings)
    }
}

fn here(settings: SandboxSettings) -> Result<Sandbox, Failure> {
    Sandbox::new(settings).map_err(|error| Failure::new(Code::Unavailable, error))
}

/// Tries at once what each process with guests does first: a kernel that lacks something is found before the first job.
fn apart(settings: &Settings) -> Result<Guests, Failure> {
    let unavailable = |error| Failure::new(Code::Unavailable, error).with_help(THREAD_HELP);
    let jail = JailSettings {
        groups: Arc::new(Groups::make()),
        ..jail_settings(settings)
    };
    let processes = ProcessExecutor::new(jail.clone()).map_err(|error| unavailable(error.into()))?;
    // A folder that is there by now: that of the jobs is made later.
    let scratch = jail.artifacts.folder.clone();
    look(&JailSettings { scratch, ..jail }, &Limits::default()).map_err(|error| {
        unavailable(anyhow::Error::new(error).context("cannot run guests in processes of their own"))
    })?;
    Ok(Guests::Apart(Box::new(processes)))
}

/// The processes with guests, as the settings want them.
pub(crate) fn jail_settings(settings: &Settings) -> JailSettings {
    JailSettings {
        compile_memory: settings.guests.compile_memory,
        ..JailSettings::new(settings.scratch_dir.clone(), kept(settings), sandbox_settings(settings))
    }
}

fn sandbox_settings(settings: &Settings) -> SandboxSettings {
    let (guests, default) = (settings.guests, SandboxSettings::default());
    SandboxSettings {
        http_ca: has_http(settings).then(|| settings.http_ca.clone()),
        max_jobs: settings.slots as usize,
        max_memory: max_memory(settings).unwrap_or(default.max_memory),
        memory_budget: guests.memory.saturating_sub(waiting_memory(settings)),
        stack: guests.stack,
        component_size: guests.component_size,
        compile_time: guests.compile_time,
        keeps_last_component: guests.keeps_last_component,
        cache: None,
        ready: guests.python_ready as usize,
    }
}

fn max_memory(settings: &Settings) -> Option<u64> {
    settings.runners.iter().map(|runner| runner.limits.memory).max()
}

/// What instances of Python may have that wait for jobs. Each process with guests of such a runner has its own; the box has one sandbox
/// where they run in it.
fn waiting_memory(settings: &Settings) -> u64 {
    let runners = settings.runners.iter();
    let of_python = runners
        .filter(|runner| matches!(runner.processor, Processor::Python(_)))
        .count() as u64;
    let sandboxes = match settings.guests.isolation {
        Isolation::Process => of_python,
        Isolation::Thread => of_python.min(1),
    };
    sandboxes
        .saturating_mul(settings.guests.python_ready.into())
        .saturating_mul(READY_MEMORY)
}

fn has_http(settings: &Settings) -> bool {
    settings.runners.iter().any(|runner| runner.http.is_some())
}

fn kept(settings: &Settings) -> CacheSettings {
    CacheSettings {
        folder: settings.state_dir.join("components"),
        max_bytes: settings.guests.component_cache,
    }
}

const THREAD_HELP: &str = "`rbit doctor FILE` says what this machine offers; with `isolation = thread` in [rbit] guests run in the box's \
    own process, and whoever breaks out of WebAssembly has what the box has";
