//! A child's process, and how it ended.

use std::{
    fmt,
    io::Read as _,
    os::unix::process::ExitStatusExt as _,
    process::{Child, ChildStderr, ExitStatus},
};

use rbit_sandbox::printable;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use rbit_cgroup::Group;

/// A process that is killed and waited for when it is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    stderr: Option<ChildStderr>,
    /// Removed once the process is gone.
    pub(super) group: Option<Group>,
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Death {
    /// The signal that ended it, if one did.
    pub(crate) signal: Option<i32>,
    /// The status it left with, if it left.
    pub(crate) code: Option<i32>,
    /// The end of what it wrote on standard error, on one line; empty if there was nothing.
    pub(crate) last_words: String,
    /// What its control group says of it.
    pub(crate) ended_by: Option<String>,
}

impl Process {
    pub(super) fn new(mut child: Child) -> Self {
        let stderr = child.stderr.take();
        let group = None;
        Self { child, stderr, group }
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a process that is about to end by itself, as its closed socket says.
    pub(crate) fn end(&mut self) -> Death {
        // The socket is closed a moment before there is something to wait for. One that closes its socket and lives on is killed.
        for _ in 0..PATIENCE {
            if let Ok(Some(status)) = self.child.try_wait() {
                return self.death(Some(status));
            }
            std::thread::park_timeout(std::time::Duration::from_millis(1));
        }
        self.kill()
    }

    /// Ends it now.
    pub(crate) fn kill(&mut self) -> Death {
        // Fails only for one that has been waited for.
        let _ = self.child.kill();
        let status = self.child.wait().ok();
        self.death(status)
    }

    fn death(&mut self, status: Option<ExitStatus>) -> Death {
        Death {
            signal: status.and_then(|status| status.signal()),
            code: status.and_then(|status| status.code()),
            last_words: self.last_words(),
            ended_by: self.group.as_ref().and_then(Group::last_words),
        }
    }

    /// What is in the pipe by now: somebody else may hold its other end, and never write.
    fn last_words(&mut self) -> String {
        let Some(mut stderr) = self.stderr.take() else {
            return String::new();
        };
        let unblocked = fcntl_getfl(&stderr).and_then(|flags| fcntl_setfl(&stderr, flags | OFlags::NONBLOCK));
        if unblocked.is_err() {
            return String::new();
        }
        let mut bytes = vec![0; PIPE];
        let mut length = 0;
        while let Some(room) = bytes.get_mut(length..).filter(|room| !room.is_empty()) {
            match stderr.read(room) {
                Ok(0) | Err(_) => break,
                Ok(more) => length += more,
            }
        }
        bytes.truncate(length);
        let tail = bytes.split_off(length.saturating_sub(LAST_WORDS));
        printable(String::from_utf8_lossy(&tail).trim(), 2 * LAST_WORDS)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.signal, self.code) {
            (Some(libc::SIGSYS), _) => f.write_str("ended over a forbidden system call (SIGSYS)")?,
            (Some(signal), _) => write!(f, "ended by signal {signal}")?,
            (None, Some(code)) => write!(f, "left with status {code}")?,
            (None, None) => f.write_str("gone")?,
        }
        if let Some(ended_by) = &self.ended_by {
            write!(f, ", {ended_by}")?;
        }
        if !self.last_words.is_empty() {
            write!(f, "; its last words: {}", self.last_words)?;
        }
        Ok(())
    }
}

/// Milliseconds.
const PATIENCE: u32 = 200;
/// Bytes that a pipe holds.
const PIPE: usize = 64 << 10;
const LAST_WORDS: usize = 1 << 10;
