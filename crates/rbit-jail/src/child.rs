//! The child's side: what `main` is, when it is called as a child.
//!
//! Nothing of the program is running yet: no thread, no log, no configuration. The child learns what it is to be from its parent,
//! gives up the rest (see [`harden`](crate::harden)), says so, and does what it is told until its parent is gone.

mod compile;
mod exit;
mod probe;
mod run;
mod talk;

use std::{env, process::ExitCode, time::Instant};

use rbit_job::error_chain;
use rustix::fd::AsFd;

use self::talk::Talk;
use crate::{
    ARGUMENT,
    harden::{self, Grant, Unfit},
    wire::{FromChild, Hello, Init, Landlock, Seccomp, Step, Task, ToChild},
};

/// Does a child's work if this process was started as one; otherwise there is nothing, and `main` goes on.
///
/// It must be the first thing that `main` does.
pub fn enter() -> Option<ExitCode> {
    let mut arguments = env::args_os().skip(1);
    let is_child = arguments.next().is_some_and(|first| first == ARGUMENT) && arguments.next().is_none();
    is_child.then(main)
}

fn main() -> ExitCode {
    if harden::close_inherited().is_err() {
        return ExitCode::FAILURE;
    }
    let Ok(mut talk) = Talk::on(std::io::stdin().as_fd()) else {
        return ExitCode::FAILURE;
    };
    // Whoever calls the program like this by hand gets no frame, and no answer.
    let Ok(Some(ToChild::Init(init))) = talk.hear() else {
        return ExitCode::FAILURE;
    };
    match live(&mut talk, *init) {
        Ok(()) => ExitCode::SUCCESS,
        Err(unfit) => {
            talk.say(&FromChild::Unfit(error_chain(&unfit)));
            ExitCode::FAILURE
        }
    }
}

fn live(talk: &mut Talk, init: Init) -> Result<(), Unfit> {
    let mut steps = Steps::default();
    harden::detach(init.parent)?;
    harden::set_limits(&init.limits)?;
    steps.done("process and limits");
    match &init.task {
        Task::Run { .. } => run::live(talk, &init, steps),
        Task::Compile { kind } => compile::live(talk, &init, *kind, steps),
        Task::Look { scratch, has_http } => {
            let landlock = wall_in(&[Grant::Write(scratch)], &mut steps)?;
            filter(&init, *has_http, &mut steps)?;
            harden::test_in_folder(scratch)?;
            greet(talk, &init, landlock, *has_http, steps);
            probe::answer(talk);
            Ok(())
        }
    }
}

/// Gives up files and network. No thread may have been started.
fn wall_in(grants: &[Grant<'_>], steps: &mut Steps) -> Result<Landlock, Unfit> {
    harden::become_opaque()?;
    let landlock = harden::restrict_paths(grants)?;
    steps.done("landlock");
    Ok(landlock)
}

/// Gives up system calls, in every thread.
fn filter(init: &Init, has_sockets: bool, steps: &mut Steps) -> Result<(), Unfit> {
    harden::filter_calls(init.is_strict, has_sockets)?;
    steps.done("seccomp");
    Ok(())
}

/// Says what has been achieved. Everything before it may be slow, everything after it may be hostile.
fn greet(talk: &Talk, init: &Init, landlock: Landlock, has_sockets: bool, steps: Steps) {
    talk.say(&FromChild::Hello(Box::new(Hello {
        no_new_privs: rustix::thread::no_new_privs().unwrap_or(false),
        landlock,
        seccomp: Seccomp {
            is_enforced: true,
            is_strict: init.is_strict,
            allowed: harden::allowed_calls(has_sockets),
        },
        limits: harden::limits_in_force(),
        steps: steps.steps,
    })));
}

/// What was done so far, and how long it took.
struct Steps {
    since: Instant,
    steps: Vec<Step>,
}

impl Default for Steps {
    fn default() -> Self {
        Self {
            since: Instant::now(),
            steps: Vec::new(),
        }
    }
}

impl Steps {
    fn done(&mut self, name: &str) {
        let micros = u64::try_from(self.since.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.steps.push(Step {
            name: name.to_owned(),
            micros,
        });
        self.since = Instant::now();
    }
}
