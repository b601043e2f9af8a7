//! The executor that runs guests in processes of their own.

use std::{io, path::Path, sync::Arc};

use async_trait::async_trait;
use rbit_job::{
    Ending, Plan, Usage,
    port::{Execution, Executor, Folders, GuestLog, StopSignal},
};
use rbit_sandbox::{Compiler, ComponentCache, ComponentInfo, EngineError, LoadError, component_file, not_loaded};
use tokio::sync::Semaphore;

use crate::{
    JailSettings,
    component::{ArtifactLoader, ArtifactStore},
    parent::{Children, JobHandle, NotTaken, Profile, Work},
};

/// Runs guests in children that have given up what they do not need: one for each runner, started with its first job, kept for the
/// next ones, and replaced when it dies or when its component changes.
///
/// The folders of a plan's job must lie in the runner's folder of [`JailSettings::scratch`]. Dropping it ends every child.
pub struct ProcessExecutor {
    settings: Arc<JailSettings>,
    components: ComponentCache<ArtifactLoader>,
    children: Children,
    slots: Arc<Semaphore>,
}

/// Why there is no such executor.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecutorError {
    /// The folder of compiled components cannot be used.
    #[error("cannot use the folder `{}` for compiled components", folder.display())]
    Artifacts {
        /// The folder.
        folder: std::path::PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
    /// There is no engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl ProcessExecutor {
    /// Opens the folder of artifacts. No process is started.
    pub fn new(settings: JailSettings) -> Result<Self, ExecutorError> {
        let engine = Compiler::new()?.compatibility();
        let folder = settings.artifacts.clone();
        let store = ArtifactStore::open(&folder, engine, settings.artifact_bytes)
            .map_err(|source| ExecutorError::Artifacts { folder, source })?;
        let slots = settings.max_jobs.clamp(1, Semaphore::MAX_PERMITS);
        let loader = ArtifactLoader::new(settings.clone(), store);
        let settings = Arc::new(settings);
        Ok(Self {
            components: ComponentCache::new(loader),
            children: Children::new(settings.clone()),
            slots: Arc::new(Semaphore::new(slots)),
            settings,
        })
    }

    /// Compiles the component in a file, if that has not been done, and says what it is; an error says why no job could run it.
    ///
    /// It keeps the caller's thread for as long as the compiler takes, which is seconds for a language runtime.
    pub fn inspect(&self, file: &Path) -> Result<ComponentInfo, Arc<LoadError>> {
        self.components.load_here(file).map(|artifact| artifact.info.clone())
    }

    /// How often a compiler was started.
    pub fn compilations(&self) -> u64 {
        self.components.loader().compilations()
    }

    /// Everything up to the moment at which a child has the job.
    async fn begin(&self, plan: &Plan, folders: &Folders, log: Arc<dyn GuestLog>) -> Result<JobHandle, Ending> {
        let profile = self.profile(plan, folders).await?;
        let slot = self.slots.clone().acquire_owned().await;
        let slot = slot.map_err(|_| Ending::HostFault("the executor is closed".to_owned()))?;
        let mut work = Work {
            plan: plan.clone(),
            folders: folders.clone(),
            log,
            slot,
        };
        // A child may leave or die between being found and being given the job.
        for _ in 0..TRIES {
            match self.children.child(&profile).await?.run(work) {
                Ok(job) => return Ok(job),
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
        let scratch = self.settings.scratch.join(plan.runner.as_str());
        for folder in [&folders.work, &folders.output] {
            if !folder.starts_with(&scratch) {
                let (folder, scratch) = (folder.display(), scratch.display());
                return Err(Ending::HostFault(format!(
                    "the job's folder `{folder}` is not in `{scratch}`"
                )));
            }
        }
        let file = component_file(plan)?;
        let mut artifact = self.components.load(file).await.map_err(|error| not_loaded(&error))?;
        if !artifact.path.exists() {
            self.components.forget(file);
            artifact = self.components.load(file).await.map_err(|error| not_loaded(&error))?;
        }
        Profile::of(plan, scratch, artifact)
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
            Ok(job) => job.end(stop).await,
            Err(ending) => Execution {
                result: Err(ending),
                usage: Usage::default(),
            },
        }
    }
}

/// How many children are tried for one job before it is another attempt's.
const TRIES: u32 = 3;
