//! The children that there are: one for each runner that has had a job.

use std::{
    collections::HashMap,
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use rbit_job::{Ending, Limits, Mount, Plan, Reason, Runner, RunnerName, error_chain};
use rbit_sandbox::{Artifact, Authorities};
use tracing::{info, warn};

use super::{
    JobHandle, NotTaken, StartError, Work,
    bounds::{Bounds, Needs},
    health::Health,
    hold::{Hold, Promise},
    link::Link,
    spawn::spawn,
    watch::{link, watch},
};
use crate::{
    JailSettings,
    wire::{Hello, Task},
};

/// What a child was made for. Where any of it changes, another child is needed.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    pub(crate) runner: RunnerName,
    /// Kept, so that it is not deleted.
    pub(crate) artifact: Arc<Artifact>,
    scratch: PathBuf,
    mounts: Vec<Mounted>,
    needs: Needs,
    has_http: bool,
}

/// A folder as it was when the child got to see it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mounted {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl PartialEq for Profile {
    fn eq(&self, other: &Self) -> bool {
        self.runner == other.runner
            && self.artifact.path == other.artifact.path
            && self.scratch == other.scratch
            && self.mounts == other.mounts
            && self.has_http == other.has_http
            && self.needs == other.needs
    }
}

impl Profile {
    /// What the plan's job needs. A folder that is not there is this box's fault.
    pub(crate) fn of(plan: &Plan, scratch: PathBuf, artifact: Arc<Artifact>) -> Result<Self, Ending> {
        let has_http = plan.http.is_some();
        Self::new(&plan.runner, &plan.limits, &plan.mounts, has_http, scratch, artifact)
    }

    /// What any job of the runner needs.
    pub(crate) fn of_runner(runner: &Runner, scratch: PathBuf, artifact: Arc<Artifact>) -> Result<Self, Ending> {
        let has_http = runner.http.is_some();
        Self::new(
            &runner.name,
            &runner.limits,
            &runner.mounts,
            has_http,
            scratch,
            artifact,
        )
    }

    fn new(
        runner: &RunnerName,
        limits: &Limits,
        mounts: &[Mount],
        has_http: bool,
        scratch: PathBuf,
        artifact: Arc<Artifact>,
    ) -> Result<Self, Ending> {
        let mounts = mounts.iter().map(|mount| {
            mounted(&mount.host).map_err(|error| {
                let (host, guest) = (mount.host.display(), mount.guest_path());
                Ending::HostFault(format!("cannot open `{host}` for `{guest}`: {error}"))
            })
        });
        Ok(Self {
            runner: runner.clone(),
            mounts: mounts.collect::<Result<_, _>>()?,
            needs: Needs::of(limits),
            has_http,
            artifact,
            scratch,
        })
    }

    fn task(&self, settings: &JailSettings) -> Task {
        Task::Run {
            scratch: self.scratch.clone(),
            mounts: self.mounts.iter().map(|mount| mount.path.clone()).collect(),
            artifact: self.artifact.path.clone(),
            kind: self.artifact.info.kind,
            max_jobs: settings.guests.max_jobs,
            ready: settings.guests.ready,
            // Each job's own limit is lower, and has words for what it refuses.
            max_memory: settings.guests.max_memory.max(self.needs.memory),
            stack: settings.guests.stack,
            has_http: self.has_http,
        }
    }
}

fn mounted(path: &Path) -> io::Result<Mounted> {
    let metadata = path.metadata()?;
    if !metadata.is_dir() {
        return Err(io::Error::other("it is not a folder"));
    }
    Ok(Mounted {
        path: path.to_owned(),
        device: metadata.dev(),
        inode: metadata.ino(),
    })
}

/// Children by runner.
pub(crate) struct Children {
    settings: Arc<JailSettings>,
    authorities: Arc<Authorities>,
    lanes: Mutex<HashMap<RunnerName, Lane>>,
}

/// The child of one runner.
struct Lane {
    profile: Profile,
    health: Arc<Health>,
    hold: Hold,
}

/// A child that stays at least until it has been given a job, or this is dropped.
pub(crate) struct Child {
    link: Arc<Link>,
    _hold: Hold,
}

impl Child {
    /// Gives it a job.
    pub(crate) fn run(self, work: Work) -> Result<JobHandle, NotTaken> {
        self.link.run(work)
    }

    /// Tells it what its jobs will be like.
    pub(crate) fn expect(&self, limits: &Limits, mounts: &[Mount]) {
        self.link.expect(limits, mounts);
    }
}

impl Children {
    pub(crate) fn new(settings: Arc<JailSettings>, authorities: Authorities) -> Self {
        Self {
            settings,
            authorities: Arc::new(authorities),
            lanes: Mutex::default(),
        }
    }

    /// A child for this profile: the one there is, or a new one. Starting goes on when the caller gives up.
    pub(crate) async fn child(&self, profile: &Profile) -> Result<Child, Ending> {
        let hold = self.hold(profile);
        match hold.started().await {
            Ok(link) => Ok(Child { link, _hold: hold }),
            Err(error) => Err(match &*error {
                StartError::Refused(why) => Ending::failed(Reason::InvalidComponent, why.clone()),
                error => Ending::HostFault(error_chain(error)),
            }),
        }
    }

    /// One that there is, or one that is being started in its place.
    fn hold(&self, profile: &Profile) -> Hold {
        let mut lanes = self.lanes();
        let old = lanes.get(&profile.runner);
        if let Some(lane) = old.filter(|lane| lane.profile == *profile && lane.hold.is_usable()) {
            return lane.hold.clone();
        }
        let component = &profile.artifact.info.sha256;
        let known = old
            .map(|lane| lane.health.clone())
            .filter(|health| health.is_of(component));
        let health = known.unwrap_or_else(|| Arc::new(Health::new(profile.runner.clone(), component.clone())));
        let hold = start(
            self.settings.clone(),
            self.authorities.clone(),
            profile.clone(),
            health.clone(),
        );
        let lane = Lane {
            profile: profile.clone(),
            health,
            hold: hold.clone(),
        };
        lanes.insert(profile.runner.clone(), lane);
        hold
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<RunnerName, Lane>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        for lane in self.lanes().values() {
            lane.hold.abandon();
        }
    }
}

/// Starts a child on a thread of its own, which stays until the child has ended.
fn start(settings: Arc<JailSettings>, authorities: Arc<Authorities>, profile: Profile, health: Arc<Health>) -> Hold {
    let (hold, promise) = Hold::new();
    let promise = Arc::new(promise);
    let kept = promise.clone();
    let thread = thread::Builder::new().name("jail".into()).spawn(move || {
        wait(health.delay());
        live(&settings, &authorities, &profile, &health, &kept);
    });
    if let Err(error) = thread {
        warn!(%error, "no thread for a process with guests");
        promise.keep(Err(Arc::new(StartError::Spawn(error))));
    }
    hold
}

/// The whole life of a child.
fn live(settings: &JailSettings, authorities: &Authorities, profile: &Profile, health: &Health, promise: &Promise) {
    let newborn = spawn(
        settings,
        profile.runner.as_str(),
        Bounds::of_jobs(settings, &profile.scratch, profile.needs),
        profile.task(settings),
        authorities,
    );
    let linked = newborn.and_then(|newborn| Ok((link(&newborn.mouth).map_err(StartError::Spawn)?, newborn)));
    match linked {
        Ok((link, newborn)) => {
            announce(&profile.runner, newborn.process.id(), &newborn.hello);
            promise.keep(Ok(link.clone()));
            watch(newborn, &link, health);
        }
        Err(error) => {
            let fault = health.died(&error_chain(&error), false);
            warn!(runner = %profile.runner, "{fault}");
            promise.keep(Err(Arc::new(error)));
        }
    }
}

fn announce(runner: &RunnerName, pid: u32, hello: &Hello) {
    let micros: u64 = hello.steps.iter().map(|step| step.micros).sum();
    info!(%runner, pid, landlock = hello.landlock.abi, ready_us = micros, "process for guests started");
}

fn wait(duration: Duration) {
    let until = Instant::now() + duration;
    while let Some(left) = until
        .checked_duration_since(Instant::now())
        .filter(|left| !left.is_zero())
    {
        thread::park_timeout(left);
    }
}
