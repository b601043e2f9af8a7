//! The built program.

use std::{
    env,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};

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
pub(crate) struct Running(Option<Child>);

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        Self(Some(command.stderr(Stdio::piped()).spawn().unwrap()))
    }

    /// Starts it, and returns once a line of its log contains `words`.
    pub(crate) fn start_and_wait_for(command: &mut Command, words: &str) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains(words) {
            line.clear();
            assert!(
                log.read_line(&mut line).unwrap() > 0,
                "the program ended without saying `{words}`"
            );
        }
        // The rest is read and dropped, so that the program never waits for us.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self(Some(child))
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let child = self.0.as_ref().unwrap();
        kill_process(Pid::from_child(child), signal).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> Output {
        self.0.take().unwrap().wait_with_output().unwrap()
    }

    /// Asks it to leave, and waits for that.
    pub(crate) fn stop(self) -> Output {
        self.signal(Signal::TERM);
        self.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
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
