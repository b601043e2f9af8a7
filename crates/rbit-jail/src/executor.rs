//! The executor that runs guests in processes of their own.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use rbit_cgroup::{Groups, NoGroups};
use rbit_job::{
    CommandLine, Digest, Ending, Plan, Processor, Runner, Usage,
    port::{Execution, Executor, Folders, GuestLog, StopSignal},
};
use rbit_sandbox::{
    Artifact, ArtifactStore, Authorities, Compiler, ComponentCache, ComponentInfo, Dial, EngineError, Kind, LoadError,
    Program, Resolver, Room, SystemDial, TrustError, find_command, not_loaded, program,
};

use crate::{
    JailSettings,
    component::ArtifactLoader,
    parent::{Children, JobHandle, NotTaken, Profile, Work},
};

/// Runs guests in children that have given up what they do not need: one for each runner, started with its first job, kept for the
/// next ones, and replaced when it dies or when its component changes.
///
/// A plan's job has its folders in a folder of its own, in a folder named like its runner, in [`JailSettings::scratch`]. Dropping it ends every child.
pub struct ProcessExecutor {
    settings: Arc<JailSettings>,
    runners: ComponentCache<ArtifactLoader>,
    commands: ComponentCache<ArtifactLoader>,
    children: Children,
    room: Room,
    dial: Arc<dyn Dial>,
}

/// Why there is no such executor.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecutorError {
    /// The folder of compiled components cannot be used.
    #[error("cannot use the folder `{}` for compiled components", folder.display())]
    Artifacts {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
    /// There is no engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Requests would not be encrypted as they should.
    #[error(transparent)]
    Trust(#[from] TrustError),
}

impl ProcessExecutor {
    /// Opens the folder of artifacts. No process is started.
    pub fn new(settings: JailSettings) -> Result<Self, ExecutorError> {
        let compiler = Compiler::new()?;
        let room = Room::new(settings.guests.max_jobs, settings.guests.memory_budget);
        let [runners, commands] = [Kind::Runner, Kind::Command].map(|kind| files(&settings, &compiler, kind));
        let authorities = match &settings.guests.http_ca {
            Some(files) => Authorities::load(files)?,
            None => Authorities::of(Vec::new()),
        };
        let settings = Arc::new(settings);
        Ok(Self {
            runners: runners?,
            commands: commands?,
            children: Children::new(settings.clone(), authorities),
            room,
            settings,
            dial: Arc::new(SystemDial::default()),
        })
    }

    /// Looks up the hosts of guests' requests in another way than the system's.
    #[must_use]
    pub fn resolving_with(self, resolver: Arc<dyn Resolver>) -> Self {
        let dial = Arc::new(SystemDial::resolving_with(resolver));
        Self { dial, ..self }
    }

    /// Compiles the component in a file, if that has not been done, and says what it is; an error says why no job could run it.
    ///
    /// It keeps the caller's thread for as long as the compiler takes, which is seconds for a language runtime.
    pub fn inspect(&self, file: &Path, sha256: Option<&str>) -> Result<ComponentInfo, Arc<LoadError>> {
        self.runners
            .load_here(file, sha256)
            .map(|artifact| artifact.info.clone())
    }

    /// The same for the command of a command line.
    pub fn inspect_command(&self, line: &CommandLine) -> Result<ComponentInfo, Arc<LoadError>> {
        self.commands
            .load_here(find_command(line)?, None)
            .map(|artifact| artifact.info.clone())
    }

    /// Starts the process for the jobs of a runner in Python, which have their folders in this one, and has an instance begin in it before there
    /// is a job.
    pub async fn prepare(&self, runner: &Runner, scratch: &Path) -> Result<(), Ending> {
        let Processor::Python(call) = &runner.processor else {
            return Ok(());
        };
        let artifact = self.artifact(&self.runners, &call.component, None).await?;
        let profile = Profile::of_runner(runner, scratch.to_owned(), artifact)?;
        let child = self.children.child(&profile).await?;
        child.expect(&runner.limits, &runner.mounts);
        Ok(())
    }

    /// Where children get their control groups, or why they have none.
    pub fn groups(&self) -> Arc<Result<Groups, NoGroups>> {
        Arc::clone(&self.settings.groups)
    }

    /// How often a compiler was started.
    pub fn compilations(&self) -> u64 {
        self.runners.loader().compilations() + self.commands.loader().compilations()
    }

    /// Everything up to the moment at which a child has the job.
    async fn begin(
        &self,
        plan: &Plan,
        folders: &Folders,
        log: Arc<dyn GuestLog>,
    ) -> Result<(JobHandle, Option<Digest>), Ending> {
        let profile = self.profile(plan, folders).await?;
        let place = self.room.enter(plan.limits.memory).await;
        let place = place.ok_or_else(|| Ending::HostFault("the executor is closed".to_owned()))?;
        let mut work = Work {
            plan: plan.clone(),
            folders: folders.clone(),
            log,
            place,
            dial: self.dial.clone(),
        };
        // A child may leave or die between being found and being given the job.
        for _ in 0..TRIES {
            match self.children.child(&profile).await?.run(work) {
                Ok(job) => return Ok((job, Digest::parse(&profile.artifact.info.sha256))),
                Err(NotTaken::Closed(back)) => work = *back,
                Err(NotTaken::Never(ending)) => return Err(ending),
            }
        }
        Err(Ending::HostFault(format!(
            "the process with the guests of runner `{}` died {TRIES} times before it took the job",
            plan.runner
        )))
    }

    async fn profile(&self, plan: &Plan, folders: &Folders) -> Result<Profile, Ending> {
        let scratch = runner_folder(&self.settings.scratch, plan, folders)?;
        let Program { file, pin, kind } = program(plan)?;
        let files = match kind {
            Kind::Runner => &self.runners,
            Kind::Command => &self.commands,
        };
        let artifact = self.artifact(files, file, pin).await?;
        Profile::of(plan, scratch, artifact)
    }

    async fn artifact(
        &self,
        files: &ComponentCache<ArtifactLoader>,
        file: &Path,
        pin: Option<&str>,
    ) -> Result<Arc<Artifact>, Ending> {
        let artifact = files.load(file, pin).await.map_err(|error| not_loaded(&error))?;
        if artifact.path.exists() {
            return Ok(artifact);
        }
        files.forget(file, pin);
        files.load(file, pin).await.map_err(|error| not_loaded(&error))
    }
}

#[async_trait]
impl Executor for ProcessExecutor {
    async fn execute(&self, plan: &Plan, folders: &Folders, log: Arc<dyn GuestLog>, mut stop: StopSignal) -> Execution {
        let begun = tokio::select! {
            biased;
            cause = &mut stop => Err(cause.into()),
            begun = self.begin(plan, folders, log) => begun,
        };
        match begun {
            Ok((job, component)) => {
                let mut execution = job.end(stop).await;
                execution.usage.component = component;
                execution
            }
            Err(ending) => Execution {
                result: Err(ending),
                usage: Usage::default(),
            },
        }
    }
}

/// What is made of files that are to be of this kind.
fn files(
    settings: &JailSettings,
    compiler: &Compiler,
    kind: Kind,
) -> Result<ComponentCache<ArtifactLoader>, ExecutorError> {
    let folder = settings.artifacts.folder.clone();
    let store = ArtifactStore::open(&folder, compiler.compatibility(kind), settings.artifacts.max_bytes)
        .map_err(|source| ExecutorError::Artifacts { folder, source })?;
    let loader = ArtifactLoader::new(kind, settings.clone(), store);
    Ok(ComponentCache::new(loader).keeping_last(settings.guests.keeps_last_component))
}

/// The folder with the folders of all jobs of this runner: whoever breaks out of one of them sees the others.
fn runner_folder(scratch: &Path, plan: &Plan, folders: &Folders) -> Result<PathBuf, Ending> {
    let runner = folders.work.ancestors().nth(2).filter(|runner| {
        runner.starts_with(scratch) && runner.ends_with(plan.runner.as_str()) && folders.output.starts_with(runner)
    });
    runner.map(Path::to_owned).ok_or_else(|| {
        let (folder, scratch) = (folders.work.display(), scratch.display());
        Ending::HostFault(format!(
            "the job's folder `{folder}` is not in the runner's folder in `{scratch}`"
        ))
    })
}

/// How many children are tried for one job before it is another attempt's.
const TRIES: u32 = 3;
