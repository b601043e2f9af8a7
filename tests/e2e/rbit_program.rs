//! The built program.

mod log;

use std::{
    env,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};

use log::Log;

/// A command that runs the program that was built with these tests, with nothing of our own environment that it looks at.
pub(crate) fn rbit() -> Command {
    let mut command = Command::new(path());
    command.env_clear().env("PATH", env::var_os("PATH").unwrap_or_default());
    command
}

/// Runs the program to its end.
pub(crate) fn output(words: &[&str], folder: &Path) -> Output {
    rbit()
        .args(words)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// What a program wrote to stderr.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What a program wrote to stdout.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A running `rbit`, killed when the test ends without it.
pub(crate) struct Running {
    child: Option<Child>,
    log: Log,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let log = Log::of(child.stderr.take().unwrap());
        Self {
            child: Some(child),
            log,
        }
    }

    /// Starts it, and returns once a line of its log contains `words`.
    pub(crate) fn start_and_wait_for(command: &mut Command, words: &str) -> Self {
        let running = Self::start(command);
        running.wait_for(words);
        running
    }

    /// Waits until a line of its log contains `words`.
    pub(crate) fn wait_for(&self, words: &str) {
        self.wait_for_times(1, words);
    }

    /// Waits until so many lines of its log contain `words`.
    pub(crate) fn wait_for_times(&self, count: usize, words: &str) {
        self.log.wait_for(count, words);
    }

    /// How many lines of its log contain `words` by now.
    pub(crate) fn said(&self, words: &str) -> usize {
        self.log.count(words)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let child = self.child.as_ref().unwrap();
        kill_process(Pid::from_child(child), signal).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> Output {
        let mut output = self.child.take().unwrap().wait_with_output().unwrap();
        output.stderr = self.log.whole().into_bytes();
        output
    }

    /// Asks it to leave, and waits for that.
    pub(crate) fn stop(self) -> Output {
        self.signal(Signal::TERM);
        self.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
            if std::thread::panicking() {
                eprintln!("log of the box:\n{}", self.log.whole());
            }
        }
    }
}

/// Where it is: beside the folder of the test programs.
pub(crate) fn path() -> PathBuf {
    let deps = env::current_exe().unwrap();
    let path = deps.parent().and_then(Path::parent).unwrap().join("rbit");
    assert!(
        path.exists(),
        "`{}` is not there: run `cargo build -p rbit`, or `cargo xtask test`",
        path.display()
    );
    path
}
