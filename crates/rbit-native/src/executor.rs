//! The executor of `native!`.

use std::{os::unix::net::UnixStream, path::PathBuf, sync::Arc, thread};

use async_trait::async_trait;
use rbit_cgroup::{Group, Groups, NoGroups};
use rbit_job::{
    CommandLine, Digest, Ending, Plan, Processor, Reason, Usage, error_chain,
    port::{Execution, Executor, Folders, GuestLog, StopSignal},
};
use rbit_output::GuestOutput;
use rbit_redact::Redactor;
use rustix::fs::{Gid, Uid, chown};
use tokio::sync::oneshot;
use tracing::warn;

use crate::{
    Bubblewrap, NoProgram, Unavailable,
    arguments::Arguments,
    ending, group_bounds,
    identity::Identity,
    program::{self, Digests},
    supervisor::{self, Job},
};

/// Runs programs of the machine under bubblewrap, each job on a thread of its own.
///
/// Clones share what is known of programs. A program that still runs is ended when the future of its execution is dropped.
#[derive(Clone, Debug)]
pub struct NativeExecutor {
    bubblewrap: Bubblewrap,
    groups: Arc<Result<Groups, NoGroups>>,
    digests: Arc<Digests>,
}

impl NativeExecutor {
    /// Makes sure that programs can be run here. Where there are groups, each program gets one.
    pub fn new(groups: Arc<Result<Groups, NoGroups>>) -> Result<Self, Unavailable> {
        Ok(Self {
            bubblewrap: Bubblewrap::find()?,
            groups,
            digests: Arc::default(),
        })
    }

    /// The digest of the program that a command is, or why there is none.
    pub fn inspect(line: &CommandLine) -> Result<Digest, NoProgram> {
        Digests::default().of(program::find(line)?)
    }
}

#[async_trait]
impl Executor for NativeExecutor {
    async fn execute(&self, plan: &Plan, folders: &Folders, log: Arc<dyn GuestLog>, stop: StopSignal) -> Execution {
        let redactor = Redactor::new(plan.secret_values());
        let output = Arc::new(GuestOutput::new(log, &plan.limits, redactor));
        // Dropped, it ends what runs.
        let Ok((ours, theirs)) = UnixStream::pair() else {
            return not_run(Ending::HostFault(
                "cannot make a socket for the program's stop".to_owned(),
            ));
        };
        let (send, mut done) = oneshot::channel();
        let work = Work {
            executor: self.clone(),
            plan: plan.clone(),
            folders: folders.clone(),
            output,
        };
        let started = thread::Builder::new().name("native".into()).spawn(move || {
            // Whoever waited may have given up.
            let _ = send.send(work.run(&theirs));
        });
        if let Err(error) = started {
            return not_run(Ending::HostFault(format!(
                "cannot start a thread for the program: {error}"
            )));
        }
        tokio::select! {
            biased;
            cause = stop => {
                drop(ours);
                let execution = in_order(done.await);
                Execution { result: Err(cause.into()), ..execution }
            }
            execution = &mut done => in_order(execution),
        }
    }
}

fn in_order(execution: Result<Execution, oneshot::error::RecvError>) -> Execution {
    execution.unwrap_or_else(|_| {
        not_run(Ending::HostFault(
            "the thread of the program did not end in order".to_owned(),
        ))
    })
}

fn not_run(ending: Ending) -> Execution {
    Execution {
        result: Err(ending),
        usage: Usage::default(),
    }
}

/// What the thread of a job has.
struct Work {
    executor: NativeExecutor,
    plan: Plan,
    folders: Folders,
    output: Arc<GuestOutput>,
}

impl Work {
    fn run(&self, stop: &UnixStream) -> Execution {
        let (file, digest, identity) = match self.prepared() {
            Ok(prepared) => prepared,
            Err(ending) => return not_run(ending),
        };
        let Bubblewrap { tools, shown, .. } = &self.executor.bubblewrap;
        let Processor::Native(line) = &self.plan.processor else {
            return not_run(no_program_of_the_machine());
        };
        let arguments = Arguments {
            tools,
            shown,
            own_id: identity.number(),
            folders: Some(&self.folders),
            mounts: &self.plan.mounts,
            limits: &self.plan.limits,
            program: (&file, &program::seen(&file)),
            arguments: line.arguments(),
        };
        let job = Job::new(&arguments, self.group());
        let (end, used) = supervisor::run(job, &self.output, stop);
        let ending = ending::judge(&end, &self.plan.limits, &used, &self.output.last_words());
        Execution {
            result: ending.map_or(Ok(Vec::new()), Err),
            usage: Usage {
                wall: used.wall,
                cpu: used.cpu,
                memory_peak: used.memory_peak,
                disk_peak: used.disk_peak,
                files_peak: used.files_peak,
                log_bytes: self.output.bytes(),
                log_dropped: self.output.dropped(),
                limits: Some(self.plan.limits),
                component: Some(digest),
                ..Usage::default()
            },
        }
    }

    /// A group for the program, where the box has groups. It worked before: a fault is told, and costs a wall but no job.
    fn group(&self) -> Option<Group> {
        let groups = self.executor.groups.as_ref().as_ref().ok()?;
        let runner = self.plan.runner.as_str();
        let made = groups.group(runner, group_bounds::of_a_job(&self.plan.limits, &self.folders.work));
        made.inspect_err(|error| warn!(%error, runner, "no control group for a program"))
            .ok()
    }

    fn prepared(&self) -> Result<(PathBuf, Digest, Identity), Ending> {
        let Processor::Native(line) = &self.plan.processor else {
            return Err(no_program_of_the_machine());
        };
        let file = program::find(line).map_err(unfit)?;
        let digest = self.executor.digests.of(file).map_err(unfit)?;
        let identity = self.executor.bubblewrap.identities.take();
        let identity = identity.ok_or_else(|| Ending::HostFault("no identity is left for the program".to_owned()))?;
        if let Some(number) = identity.number() {
            give(&self.folders, number)
                .map_err(|errno| Ending::HostFault(format!("cannot give the job's folders to its program: {errno}")))?;
        }
        Ok((file.to_owned(), digest, identity))
    }
}

/// Makes the folders the program's.
fn give(folders: &Folders, number: u32) -> rustix::io::Result<()> {
    let (user, group) = (Uid::from_raw(number), Gid::from_raw(number));
    chown(&folders.work, Some(user), Some(group))?;
    chown(&folders.output, Some(user), Some(group))
}

fn unfit(error: NoProgram) -> Ending {
    Ending::failed(Reason::InvalidComponent, error_chain(&error))
}

fn no_program_of_the_machine() -> Ending {
    Ending::HostFault("the plan is for no program of the machine".to_owned())
}
