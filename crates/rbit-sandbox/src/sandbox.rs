//! The sandbox: an executor that runs guests in this process.

use std::{path::Path, sync::Arc};

use crate::{
    Authorities, ComponentInfo, Dial, EngineError, LoadError, Resolver, SandboxSettings, SystemDial,
    capability::http::HttpClient,
    command,
    component::{ComponentCache, Kind, Loader, Precompiled, Runner, loaders},
    engine,
    guest::{Guest, unstarted},
    limit::{Place, Room},
    linker,
    meters::Meters,
    program::{Program, find_command, program},
    ready::{Primed, Ready},
    text::{self, MAX_REASON},
    ticker::Ticker,
};
use async_trait::async_trait;
use rbit_job::{
    CommandLine, Digest, Ending, Limits, Mount, Plan, Processor, Reason,
    chance::GuestRandom,
    error_chain,
    port::{Execution, Executor, Folders, GuestLog, StopSignal},
};
use rbit_output::GuestOutput;
use rbit_redact::Redactor;
use wasmtime::Engine;

/// Runs components, each job in a store, on a thread and with a runtime of its own.
///
/// Clones share engine, components and room. Dropping it is safe anywhere. A guest that still runs is stopped when the future of its execution is dropped.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use rbit_sandbox::{Sandbox, SandboxSettings};
/// let sandbox = Sandbox::new(SandboxSettings { max_jobs: 4, ..SandboxSettings::default() })?;
/// println!("{}", sandbox.inspect("runners/hello.wasm".as_ref(), None)?.sha256);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Sandbox {
    components: Arc<Components>,
    room: Room,
    /// None where no runner may reach anything.
    client: Option<HttpClient>,
    stack: u64,
    ticker: Arc<Ticker>,
    ready: Arc<Ready>,
}

/// Which component a plan's runner is.
#[expect(clippy::large_enum_variant, reason = "a process has one, behind an `Arc`")]
enum Components {
    /// Whatever is in the file that the plan names, compiled here.
    Files {
        runners: ComponentCache<Loader>,
        commands: ComponentCache<Loader>,
    },
    /// This one, compiled elsewhere.
    One(Arc<Runner>),
}

impl Sandbox {
    /// Makes the engine and the thread that interrupts guests.
    pub fn new(settings: SandboxSettings) -> Result<Self, EngineError> {
        let engine = engine::start(&settings)?;
        let (runners, commands) = loaders(linker::prepare(&engine)?, &settings);
        let keeps_last = settings.keeps_last_component;
        let components = Components::Files {
            runners: ComponentCache::new(runners).keeping_last(keeps_last),
            commands: ComponentCache::new(commands).keeping_last(keeps_last),
        };
        let authorities = settings.http_ca.as_deref().map(Authorities::load).transpose();
        let client = authorities.and_then(|authorities| authorities.as_ref().map(HttpClient::new).transpose());
        Self::start(components, engine, client.map_err(EngineError::Trust)?, &settings)
    }

    /// A sandbox that runs one component, whatever file a plan names, and has no compiler. It starts the first thread.
    pub fn of(precompiled: Precompiled) -> Result<Self, EngineError> {
        let Precompiled {
            runner,
            engine,
            settings,
            client,
        } = precompiled;
        Self::start(Components::One(runner), engine, client, &settings)
    }

    fn start(
        components: Components,
        engine: Engine,
        client: Option<HttpClient>,
        settings: &SandboxSettings,
    ) -> Result<Self, EngineError> {
        let ticker = Arc::new(Ticker::start(engine).map_err(EngineError::Ticker)?);
        Ok(Self {
            components: Arc::new(components),
            client,
            room: Room::new(settings.max_jobs, settings.memory_budget),
            stack: settings.stack,
            ready: Ready::new(settings.ready, ticker.clone()),
            ticker,
        })
    }

    /// Looks up the hosts of guests' requests in another way than the system's.
    #[must_use]
    pub fn resolving_with(self, resolver: Arc<dyn Resolver>) -> Self {
        let dial = Arc::new(SystemDial::resolving_with(resolver));
        let client = self.client.map(|client| client.dialling_with(dial));
        Self { client, ..self }
    }

    /// The same sandbox for one job, whose requests take their connections from elsewhere.
    #[must_use]
    pub fn dialling_with(&self, dial: Arc<dyn Dial>) -> Self {
        let client = self.client.clone().map(|client| client.dialling_with(dial));
        Self { client, ..self.clone() }
    }

    /// Loads the component in a file and says what it is; an error says why no job could run it: also, with a digest, if it is
    /// another. None of it is executed.
    ///
    /// It keeps the caller's thread for as long as the compiler takes, which is seconds for a language runtime. What it compiled
    /// is there for the first job.
    pub fn inspect(&self, file: &Path, sha256: Option<&str>) -> Result<ComponentInfo, Arc<LoadError>> {
        match &*self.components {
            Components::Files { runners, .. } => {
                runners.load_here(file, sha256).map(|loaded| loaded.runner.info.clone())
            }
            Components::One(runner) => Ok(runner.info.clone()),
        }
    }

    /// The same for the command of a command line.
    pub fn inspect_command(&self, line: &CommandLine) -> Result<ComponentInfo, Arc<LoadError>> {
        let file = find_command(line)?;
        match &*self.components {
            Components::Files { commands, .. } => {
                commands.load_here(file, None).map(|loaded| loaded.runner.info.clone())
            }
            Components::One(runner) => Ok(runner.info.clone()),
        }
    }

    /// How often a component was compiled since the start. A file that does not change is compiled once.
    pub fn compilations(&self) -> u64 {
        match &*self.components {
            Components::Files { runners, commands } => [runners, commands]
                .map(|files| files.loader().compilations())
                .iter()
                .sum(),
            Components::One(_) => 0,
        }
    }

    /// Has an instance ready for the first job with these limits and mounts, where the component can begin without a job. It is made
    /// when nothing else is to be done; this does not wait for it.
    pub async fn prepare(&self, component: &Path, limits: &Limits, mounts: &[Mount]) -> Result<(), Ending> {
        let runner = match &*self.components {
            Components::Files { runners, .. } => {
                let loaded = runners.load(component, None).await;
                loaded.map_err(|error| not_loaded(&error))?.runner
            }
            Components::One(runner) => runner.clone(),
        };
        self.ready.expect(&runner, limits, mounts);
        Ok(())
    }

    /// How many instances wait for a job.
    pub fn ready(&self) -> usize {
        self.ready.waiting()
    }

    /// The plan's runner and a place to run it in.
    async fn admit(&self, plan: &Plan) -> Result<Admitted, Ending> {
        let Program { file, pin, kind } = program(plan)?;
        let runner = match (&*self.components, kind) {
            (Components::Files { runners: files, .. }, Kind::Runner)
            | (Components::Files { commands: files, .. }, Kind::Command) => {
                files.load(file, pin).await.map_err(|error| not_loaded(&error))?.runner
            }
            (Components::One(runner), _) => runner.clone(),
        };
        let place = self.room.enter(plan.limits.memory).await;
        let place = place.ok_or_else(|| Ending::HostFault("the sandbox is closed".into()))?;
        Ok(Admitted {
            primed: self.primed(plan, &runner),
            arguments: command::arguments(plan, file),
            runner,
            place,
        })
    }

    /// An instance that has begun already. Only rbit's own component begins without a job; and what has drawn random numbers before is
    /// none for a job that is to draw the same ones each time.
    fn primed(&self, plan: &Plan, runner: &Arc<Runner>) -> Option<Primed> {
        match &plan.processor {
            Processor::Python(_) if plan.chance.random == GuestRandom::Host => self.ready.take(runner, plan),
            _ => None,
        }
    }
}

/// What a job may begin with.
struct Admitted {
    runner: Arc<Runner>,
    primed: Option<Primed>,
    arguments: Vec<String>,
    place: Place,
}

#[async_trait]
impl Executor for Sandbox {
    async fn execute(&self, plan: &Plan, folders: &Folders, log: Arc<dyn GuestLog>, mut stop: StopSignal) -> Execution {
        let _presence = self.ready.enter();
        let admitted = tokio::select! {
            biased;
            cause = &mut stop => Err(cause.into()),
            admitted = self.admit(plan) => admitted,
        };
        let Admitted {
            runner,
            primed,
            arguments,
            place,
        } = match admitted {
            Ok(admitted) => admitted,
            Err(ending) => return unstarted(ending),
        };
        let (component, was_ready) = (Digest::parse(&runner.info.sha256), primed.is_some());
        let output = Arc::new(GuestOutput::new(log, &plan.limits, Redactor::new(plan.secret_values())));
        let mut execution = Guest {
            runner,
            plan: plan.clone(),
            arguments,
            folders: folders.clone(),
            meters: Arc::new(Meters::new(plan.limits, output)),
            gate: Arc::default(),
            client: self
                .client
                .clone()
                .filter(|_| plan.http.is_some() && plan.canned.is_none()),
            stack: self.stack,
            place,
            ticker: self.ticker.clone(),
        }
        .run(primed, stop)
        .await;
        execution.usage.component = component;
        execution.usage.was_ready = was_ready;
        execution
    }
}

/// A file that cannot be read may be there at the next attempt; what is wrong with its content stays wrong.
pub fn not_loaded(error: &LoadError) -> Ending {
    let text = text::printable(&error_chain(error), MAX_REASON);
    if error.is_transient() {
        Ending::HostFault(text)
    } else if error.is_limit() {
        Ending::failed(Reason::ComponentLimit, text)
    } else {
        Ending::failed(Reason::InvalidComponent, text)
    }
}
