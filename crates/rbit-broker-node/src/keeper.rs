//! A program that ends with us.

use std::{
    ffi::OsStr,
    os::unix::process::CommandExt as _,
    process::{Child, Command, ExitStatus, Stdio},
};

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process_group};

/// A group of processes. All are killed when this is dropped, when the program that they are there for ends, and when this process
/// ends: the group ends itself when nobody holds the other end of its input any more, which the kernel sees to even if we are killed.
#[derive(Debug)]
pub(crate) struct Keeper(Child);

impl Keeper {
    /// A command that runs a program under a keeper; [`Self::start`] starts it.
    pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "rbit-keeper"]).arg(program);
        command.process_group(0).stdin(Stdio::piped());
        command
    }

    pub(crate) fn start(command: &mut Command) -> anyhow::Result<Self> {
        let child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        Ok(Self(child))
    }

    /// How it ended, if it did.
    pub(crate) fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        self.0.try_wait().context("cannot look after a process")
    }

    /// The number of the group.
    pub(crate) fn group(&self) -> Pid {
        Pid::from_child(&self.0)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // An error says that the group has ended already.
        let _ = kill_process_group(self.group(), Signal::KILL);
        let _ = self.0.wait();
    }
}

const SCRIPT: &str = r#"("$@"; kill -KILL 0) & cat >/dev/null; kill -KILL 0"#;

#[cfg(test)]
mod tests {
    use std::{fs, thread, time::Duration};

    use super::*;

    #[test]
    fn the_whole_group_ends_with_its_keeper() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Keeper::command("sh");
        command.args(["-c", "sleep 600 & echo $! >child; mv child pid; wait"]);
        let keeper = Keeper::start(command.current_dir(folder.path())).unwrap();
        let child = loop {
            match fs::read_to_string(folder.path().join("pid")) {
                Ok(text) => break text.trim().to_owned(),
                Err(_) => thread::park_timeout(Duration::from_millis(5)),
            }
        };
        drop(keeper);
        // Whoever inherits the orphan waits for it in its own time.
        let is_gone = || match fs::read_to_string(format!("/proc/{child}/stat")) {
            Ok(stat) => stat.contains(") Z "),
            Err(_) => true,
        };
        while !is_gone() {
            thread::park_timeout(Duration::from_millis(5));
        }
    }

    #[test]
    fn the_keeper_ends_with_its_program() {
        let mut keeper = Keeper::start(&mut Keeper::command("true")).unwrap();
        while keeper.ended().unwrap().is_none() {
            thread::park_timeout(Duration::from_millis(5));
        }
    }
}
