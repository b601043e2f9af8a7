//! One job: started, watched, ended. All of it on the thread that calls: bubblewrap ends with that thread.

mod running;
mod watch;

use std::{io, os::unix::net::UnixStream, process::Command, sync::Arc, time::Instant};

use rbit_cgroup::Group;
use rbit_job::{
    Limits,
    http::HttpExchange,
    port::{Folders, GuestLog, GuestStream},
};
use rbit_output::GuestOutput;
use rbit_redact::Redactor;

use self::{running::Running, watch::Watch};
use crate::{
    arguments::Arguments,
    disk::{self, Held},
    ending::{End, Over, Used},
};

/// What is to be run.
pub(crate) struct Job {
    command: Command,
    limits: Limits,
    folders: Option<Folders>,
    group: Option<Group>,
}

impl Job {
    /// With the group that it is to be run in, if there is one.
    pub(crate) fn new(arguments: &Arguments<'_>, group: Option<Group>) -> Self {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", GATE, "sh"]).arg(&arguments.tools.bwrap);
        command.args(arguments.words()).env_clear().current_dir("/");
        Self {
            command,
            limits: *arguments.limits,
            folders: arguments.folders.cloned(),
            group,
        }
    }
}

/// Runs a job until nothing of it is left. It is stopped when something comes from `stop`, or its other end is closed.
pub(crate) fn run(job: Job, output: &Arc<GuestOutput>, stop: &UnixStream) -> (End, Used) {
    let started = Instant::now();
    let mut used = Used::default();
    let Job {
        command,
        limits,
        folders,
        group,
    } = job;
    let end = match Running::start(command, output, group.as_ref()) {
        Ok(running) => Watch::new(running, &limits, folders.as_ref(), stop, started).until_the_end(&mut used),
        Err(error) => End::NotStarted(format!("cannot start bubblewrap: {error}")),
    };
    let end = group.map_or(end.clone(), |group| told_by(&group, end, &mut used));
    output.finish();
    used.wall = started.elapsed();
    (at_rest(end, &limits, folders.as_ref(), &mut used), used)
}

/// What the kernel has counted of all processes, and whether it ended them.
fn told_by(group: &Group, end: End, used: &mut Used) -> End {
    used.cpu = used.cpu.max(group.cpu().unwrap_or_default());
    if !matches!(end, End::Gone | End::Signalled(_)) || !group.is_out_of_memory() {
        return end;
    }
    used.memory_peak = used.memory_peak.max(group.memory_peak().unwrap_or_default());
    Over::Memory.into()
}

/// What its folders hold now that nothing changes in them: a program that wrote more than it may has not done what it should.
fn at_rest(end: End, limits: &Limits, folders: Option<&Folders>, used: &mut Used) -> End {
    let (End::Exited(_), Some(folders)) = (&end, folders) else {
        return end;
    };
    let mut held = Held::default();
    let counted = disk::count([&folders.work, &folders.output], limits, &mut held, &mut || false);
    used.note(held);
    match (end, counted) {
        (End::Exited(0), Err(over)) => End::Over(over),
        (end, _) => end,
    }
}

/// Runs a job that prints next to nothing, with what it said on stderr.
pub(crate) fn tried(job: Job) -> (End, String) {
    let output = Arc::new(GuestOutput::new(Arc::new(Unheard), &job.limits, Redactor::default()));
    let pair: io::Result<_> = UnixStream::pair();
    let end = match pair {
        Ok((_kept, stop)) => run(job, &output, &stop).0,
        Err(error) => End::NotStarted(error.to_string()),
    };
    (end, output.stderr_tail())
}

impl Used {
    /// What was counted in the folders.
    fn note(&mut self, held: Held) {
        self.disk_peak = self.disk_peak.max(held.bytes);
        self.files_peak = self.files_peak.max(held.files);
    }
}

impl From<Over> for End {
    fn from(over: Over) -> Self {
        Self::Over(over)
    }
}

struct Unheard;

/// Has the shell wait for a line, and become what it was given: bubblewrap starts nothing before it is in its group. Where there is no
/// line, for this process is gone, it starts nothing at all.
const GATE: &str = r#"read -r go && exec "$@""#;

impl GuestLog for Unheard {
    fn line(&self, _: GuestStream, _: &str) {}

    fn exchange(&self, _: &HttpExchange) {}
}
