//! What a box offers, and whether it is enough.

use std::{
    io,
    os::unix::process::CommandExt as _,
    process::{Command, Stdio},
};

use rbit_cgroup::GroupBounds;
use rbit_job::Limits;
use rbit_sandbox::Authorities;
use rustix::thread::{UnshareFlags, unshare_unsafe};

use crate::{
    ARGUMENT, JailSettings, StartError,
    parent::{self, Bounds, Needs, Newborn},
    wire::{Hello, Landlock, Task},
};

/// What a box does not offer that must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Missing {
    /// The kernel is older than 5.13, or landlock is not among its security modules.
    #[error(
        "the kernel offers no landlock: Linux 5.13 or later with `landlock` in `/sys/kernel/security/lsm` is needed"
    )]
    Landlock,
    /// The kernel was built without filters of system calls.
    #[error("the kernel offers no filter of system calls (seccomp)")]
    Seccomp,
    /// New privileges cannot be given up.
    #[error("`no_new_privs` cannot be set")]
    NoNewPrivileges,
}

impl Missing {
    /// What a child has not given up, if anything that counts.
    pub(crate) fn in_force(hello: &Hello) -> Option<Self> {
        if !hello.no_new_privs {
            return Some(Self::NoNewPrivileges);
        }
        if !hello.seccomp.is_enforced {
            return Some(Self::Seccomp);
        }
        // An older landlock than `TCP` or `SCOPES` will do: the filter of system calls refuses sockets and signals.
        let Landlock { abi, is_enforced } = hello.landlock;
        (abi == 0 || !is_enforced).then_some(Self::Landlock)
    }
}

/// Starts a child that gives up what one would whose guests have these limits, and ends it again.
pub fn look(settings: &JailSettings, limits: &Limits) -> Result<Hello, StartError> {
    start_look(settings, limits).map(|newborn| newborn.hello)
}

/// What bounds the control group of such a child, if it gets one, where jobs' files will be in memory or not.
pub fn group_bounds(settings: &JailSettings, limits: &Limits, files_are_memory: bool) -> GroupBounds {
    Bounds::with_files(settings, files_are_memory, Needs::of(limits)).group
}

/// Whether a user may have namespaces of their own here. Nothing of rbit needs them; other walls do. A process is started in one, and ends.
pub fn user_namespaces(settings: &JailSettings) -> io::Result<()> {
    let mut command = Command::new(&settings.program);
    command.arg(ARGUMENT).env_clear().current_dir("/");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let unshare = || {
        #[expect(unsafe_code, reason = "it may split open files off, which this does not")]
        // SAFETY: only users are concerned, and the process has one thread.
        unsafe { unshare_unsafe(UnshareFlags::NEWUSER) }.map_err(io::Error::from)
    };
    #[expect(unsafe_code, reason = "there is no other way to try it in a process with one thread")]
    // SAFETY: a system call and no more is made between fork and exec.
    unsafe {
        command.pre_exec(unshare)
    };
    // As a child without a parent's word it leaves at once.
    command.spawn()?.wait().map(drop)
}

fn start_look(settings: &JailSettings, limits: &Limits) -> Result<Newborn, StartError> {
    let bounds = Bounds::of_jobs(settings, &settings.scratch, Needs::of(limits));
    let scratch = settings.scratch.clone();
    let has_http = settings.guests.http_ca.is_some();
    let task = Task::Look { scratch, has_http };
    parent::spawn(settings, "look", bounds, task, &Authorities::of(Vec::new()))
}

/// Has a child try what it should be refused, and says what came of it: the system's answer, or how the child ended over it.
///
/// In release builds a child does not try anything.
#[cfg(debug_assertions)]
pub fn probe(settings: &JailSettings, attempt: &str) -> Result<String, StartError> {
    use crate::wire::{FromChild, ToChild};

    let mut newborn = start_look(settings, &Limits::default())?;
    // It may be gone before it hears.
    let _ = newborn.say(&ToChild::Probe(attempt.to_owned()));
    match newborn
        .ear
        .hear(std::time::Instant::now() + std::time::Duration::from_secs(10))
    {
        Ok(Some(FromChild::Probed(what))) => Ok(what),
        Ok(None) if newborn.ear.is_closed() => Ok(newborn.process.end().to_string()),
        other => Ok(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Rlimits, Seccomp};

    #[test]
    fn what_must_be_in_force_is_named_when_it_is_not() {
        let hello = |no_new_privs, abi, is_filtered| Hello {
            no_new_privs,
            landlock: Landlock {
                abi,
                is_enforced: abi > 0,
            },
            seccomp: Seccomp {
                is_enforced: is_filtered,
                is_strict: false,
                allowed: 90,
            },
            limits: Rlimits::default(),
            steps: vec![],
        };
        for (hello, missing) in [
            (hello(true, 7, true), None),
            (hello(true, 1, true), None),
            (hello(true, 0, true), Some(Missing::Landlock)),
            (hello(true, 7, false), Some(Missing::Seccomp)),
            (hello(false, 7, true), Some(Missing::NoNewPrivileges)),
        ] {
            assert_eq!(Missing::in_force(&hello), missing);
        }
    }
}
