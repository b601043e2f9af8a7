//! The sandbox: an executor that runs guests in this process.

use std::{path::Path, sync::Arc};

use async_trait::async_trait;
use rbit_job::{
    Ending, Plan, Processor, Reason, error_chain,
    port::{Execution, Executor, Folders, GuestLog, StopSignal},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::Engine;

use crate::{
    ComponentInfo, EngineError, LoadError, SandboxSettings,
    component::{ComponentCache, Loader, Precompiled, Runner},
    engine,
    guest::{Guest, unstarted},
    linker,
    text::{self, MAX_REASON},
    ticker::Ticker,
};

/// Runs components, each job in a store, on a thread and with a runtime of its own.
///
/// Dropping it is safe anywhere. A guest that still runs is stopped when the future of its execution is dropped.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use rbit_sandbox::{Sandbox, SandboxSettings};
/// let sandbox = Sandbox::new(SandboxSettings { max_jobs: 4, max_memory: 512 << 20 })?;
/// println!("{}", sandbox.inspect("runners/hello.wasm".as_ref())?.sha256);
/// # Ok(())
/// # }
/// ```
pub struct Sandbox {
    components: Components,
    slots: Arc<Semaphore>,
    ticker: Arc<Ticker>,
}

/// Which component a plan's runner is.
enum Components {
    /// Whatever is in the file that the plan names, compiled here.
    Files(ComponentCache<Loader>),
    /// This one, compiled elsewhere.
    One(Arc<Runner>),
}

impl Sandbox {
    /// Makes the engine and the thread that interrupts guests.
    pub fn new(settings: SandboxSettings) -> Result<Self, EngineError> {
        let engine = engine::start(settings)?;
        let linker = linker::prepare(&engine)?;
        let components = Components::Files(ComponentCache::new(Loader::new(linker)));
        Self::start(components, engine, settings)
    }

    /// A sandbox that runs one component, whatever file a plan names, and has no compiler. It starts the first thread.
    pub fn of(precompiled: Precompiled) -> Result<Self, EngineError> {
        let Precompiled {
            runner,
            engine,
            settings,
        } = precompiled;
        Self::start(Components::One(runner), engine, settings)
    }

    fn start(components: Components, engine: Engine, settings: SandboxSettings) -> Result<Self, EngineError> {
        let ticker = Ticker::start(engine).map_err(EngineError::Ticker)?;
        Ok(Self {
            components,
            slots: Arc::new(Semaphore::new(settings.max_jobs.clamp(1, Semaphore::MAX_PERMITS))),
            ticker: Arc::new(ticker),
        })
    }

    /// Loads the component in a file and says what it is; an error says why no job could run it. None of it is executed.
    ///
    /// It keeps the caller's thread for as long as the compiler takes, which is seconds for a language runtime. What it compiled
    /// is there for the first job.
    pub fn inspect(&self, file: &Path) -> Result<ComponentInfo, Arc<LoadError>> {
        match &self.components {
            Components::Files(files) => files.load_here(file).map(|loaded| loaded.runner.info.clone()),
            Components::One(runner) => Ok(runner.info.clone()),
        }
    }

    /// How often a component was compiled since the start. A file that does not change is compiled once.
    pub fn compilations(&self) -> u64 {
        match &self.components {
            Components::Files(files) => files.loader().compilations(),
            Components::One(_) => 0,
        }
    }

    /// The plan's runner and a slot to run it in.
    async fn admit(&self, plan: &Plan) -> Result<(Arc<Runner>, OwnedSemaphorePermit), Ending> {
        let file = component_file(plan)?;
        let runner = match &self.components {
            Components::Files(files) => files.load(file).await.map_err(|error| not_loaded(&error))?.runner,
            Components::One(runner) => runner.clone(),
        };
        let slot = self.slots.clone().acquire_owned().await;
        let slot = slot.map_err(|_| Ending::HostFault("the sandbox is closed".into()))?;
        Ok((runner, slot))
    }
}

#[async_trait]
impl Executor for Sandbox {
    async fn execute(&self, plan: &Plan, folders: &Folders, log: Arc<dyn GuestLog>, mut stop: StopSignal) -> Execution {
        let admitted = tokio::select! {
            biased;
            cause = &mut stop => Err(cause.into()),
            admitted = self.admit(plan) => admitted,
        };
        let (runner, slot) = match admitted {
            Ok(admitted) => admitted,
            Err(ending) => return unstarted(ending),
        };
        let (plan, folders, ticker) = (plan.clone(), folders.clone(), self.ticker.clone());
        Guest {
            runner,
            plan,
            folders,
            log,
            slot,
            ticker,
        }
        .run(stop)
        .await
    }
}

/// The file of the plan's component, or why it cannot be run.
pub fn component_file(plan: &Plan) -> Result<&Path, Ending> {
    match &plan.processor {
        Processor::Wasm { file } => Ok(file),
        other => {
            let text = format!("`{other}` cannot be run: only `wasm!` runners are available in this version");
            Err(Ending::failed(Reason::InvalidComponent, text))
        }
    }
}

/// A file that cannot be read may be there at the next attempt; what is wrong with its content stays wrong.
pub fn not_loaded(error: &LoadError) -> Ending {
    let text = text::printable(&error_chain(error), MAX_REASON);
    if error.is_transient() {
        Ending::HostFault(text)
    } else {
        Ending::failed(Reason::InvalidComponent, text)
    }
}
