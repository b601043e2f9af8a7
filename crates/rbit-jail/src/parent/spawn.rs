//! Starting a child, up to the moment at which it has given everything up.

use std::{
    io::{self, Write as _},
    os::{
        fd::OwnedFd,
        unix::{net::UnixStream, process::CommandExt as _},
    },
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use rbit_cgroup::{Group, GroupBounds};
use rbit_sandbox::{Authorities, MAX_REASON, printable};
use tracing::warn;

use super::{bounds::Bounds, ear::Ear, process::Process};
use crate::{
    ARGUMENT, JailSettings, Missing,
    wire::{FromChild, Hello, Init, Task, ToChild, Violation},
};

/// Why there is no child.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The system does not start it.
    #[error("cannot start a process for guests")]
    Spawn(#[source] io::Error),
    /// What it is to be cannot be said.
    #[error("cannot tell a process for guests what to do: a path is too long, or no UTF-8")]
    Unspeakable,
    /// It could not give up what it should.
    #[error("a process for guests could not be made safe: {0}")]
    Unfit(String),
    /// It cannot load the component.
    #[error("cannot load the component: {0}")]
    Refused(String),
    /// It said something else than `Hello`.
    #[error("a process for guests does not keep to the protocol")]
    Broken(#[source] Violation),
    /// It ended.
    #[error("a process for guests ended as it was started: {0}")]
    Ended(String),
    /// It did not come to an end with it.
    #[error("a process for guests was not ready after {} s", PATIENCE.as_secs())]
    TooSlow,
    /// It gave up less than is wanted.
    #[error("a process for guests is not safe on this box")]
    Weak(#[source] Missing),
}

/// A child that has said what it has become.
#[derive(Debug)]
pub(crate) struct Newborn {
    pub(crate) process: Process,
    pub(crate) ear: Ear,
    pub(crate) mouth: UnixStream,
    pub(crate) hello: Hello,
}

impl Newborn {
    /// Says something, and waits for the child to take it.
    pub(crate) fn say(&mut self, message: &ToChild) -> io::Result<()> {
        say(&mut self.mouth, message)
    }
}

/// Starts a child, and waits for its `Hello`. It ends with the calling thread. Authorities are told to one that makes requests.
pub(crate) fn spawn(
    settings: &JailSettings,
    name: &str,
    bounds: Bounds,
    task: Task,
    authorities: &Authorities,
) -> Result<Newborn, StartError> {
    let (ours, theirs) = UnixStream::pair().map_err(StartError::Spawn)?;
    ours.set_write_timeout(Some(PATIENCE)).map_err(StartError::Spawn)?;
    // Without a step of our own between fork and exec, the memory of this process is not copied for it.
    let child = Command::new(&settings.program)
        .arg0(format!("rbit:{name}"))
        .arg(ARGUMENT)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(StartError::Spawn)?;
    let mut process = Process::new(child);
    // It waits for what it is to be: nothing that it does for us is done outside of its group.
    process.group = group(settings, name, bounds.group, process.id());
    let mut mouth = ours.try_clone().map_err(StartError::Spawn)?;
    let init = Init {
        parent: std::process::id(),
        is_strict: settings.is_strict,
        limits: bounds.limits,
        task,
    };
    let mut ear = Ear::new(ours);
    match greet(&mut mouth, &mut ear, init, authorities) {
        Ok(hello) => Ok(Newborn {
            process,
            ear,
            mouth,
            hello,
        }),
        Err(Silence::Closed) => Err(StartError::Ended(process.end().to_string())),
        Err(Silence::Error(error)) => Err(error),
    }
}

/// A group with this process in it, where the box has groups. It worked before: a fault is told, and costs a wall but no job.
fn group(settings: &JailSettings, name: &str, bounds: GroupBounds, pid: u32) -> Option<Group> {
    let groups = settings.groups.as_ref().as_ref().ok()?;
    let grouped = groups
        .group(name, bounds)
        .and_then(|group| group.take(pid).map(|()| group));
    grouped
        .inspect_err(|error| warn!(%error, runner = name, "no control group for a process with guests"))
        .ok()
}

enum Silence {
    Closed,
    Error(StartError),
}

fn greet(mouth: &mut UnixStream, ear: &mut Ear, init: Init, authorities: &Authorities) -> Result<Hello, Silence> {
    let has_http = matches!(init.task, Task::Run { has_http: true, .. });
    let init = ToChild::Init(Box::new(init));
    if init.encode().is_none() {
        return Err(Silence::Error(StartError::Unspeakable));
    }
    // It may be gone already; then its silence says so.
    let _ = say(mouth, &init);
    if has_http {
        let _ = say_authorities(mouth, authorities);
    }
    match ear.hear(Instant::now() + PATIENCE) {
        Ok(Some(FromChild::Hello(hello))) => match Missing::in_force(&hello) {
            None => Ok(*hello),
            Some(missing) => Err(Silence::Error(StartError::Weak(missing))),
        },
        Ok(Some(FromChild::Unfit(why))) => Err(Silence::Error(StartError::Unfit(printable(&why, MAX_REASON)))),
        Ok(Some(FromChild::Refused(why))) => Err(Silence::Error(StartError::Refused(printable(&why, MAX_REASON)))),
        Ok(Some(other)) => Err(Silence::Error(StartError::Broken(Violation::OutOfTurn(other.name())))),
        Ok(None) if ear.is_closed() => Err(Silence::Closed),
        Ok(None) => Err(Silence::Error(StartError::TooSlow)),
        Err(violation) => Err(Silence::Error(StartError::Broken(violation))),
    }
}

fn say_authorities(mouth: &mut UnixStream, authorities: &Authorities) -> io::Result<()> {
    for certificate in authorities
        .certificates()
        .iter()
        .filter(|certificate| !certificate.is_empty())
    {
        say(mouth, &ToChild::Authority(certificate.clone()))?;
    }
    say(mouth, &ToChild::Authority(Vec::new()))
}

fn say(mouth: &mut UnixStream, message: &ToChild) -> io::Result<()> {
    let bytes = message
        .encode()
        .ok_or_else(|| io::Error::other("it is too long to be said"))?;
    mouth.write_all(&bytes)
}

/// It takes milliseconds, and seconds where a box has no time.
const PATIENCE: Duration = Duration::from_secs(30);
