//! The control group of one process.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use tracing::warn;

use crate::tell;

/// Bounds of one process's control group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupBounds {
    /// Bytes of memory, with what it has of files in memory.
    pub memory: u64,
    /// Threads.
    pub threads: u64,
}

/// A control group that is there for one process and those that it starts, and removed with it.
#[derive(Debug)]
pub struct Group {
    folder: PathBuf,
    bounds: GroupBounds,
}

impl Group {
    /// Makes it, with bounds for what is in `controllers`.
    pub(super) fn make(folder: PathBuf, controllers: &[&str], bounds: GroupBounds) -> io::Result<Self> {
        fs::create_dir(&folder)?;
        let this = Self { folder, bounds };
        for controller in controllers {
            this.bound(controller)?;
        }
        Ok(this)
    }

    fn bound(&self, controller: &str) -> io::Result<()> {
        match controller {
            "memory" => {
                self.tell("memory.max", &self.bounds.memory.to_string())?;
                // The whole process ends when it has too much, not the thread that asked last.
                self.tell("memory.oom.group", "1")?;
                // There is none on many machines; what a guest may have is memory.
                self.tell("memory.swap.max", "0").or_else(unless_missing)
            }
            "pids" => self.tell("pids.max", &self.bounds.threads.to_string()),
            _ => Ok(()),
        }
    }

    /// Nothing where there is no such file.
    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder.join(file)).unwrap_or_default()
    }

    fn tell(&self, file: &str, words: &str) -> io::Result<()> {
        tell(&self.folder.join(file), words)
    }

    /// Takes a process in, with all that it becomes.
    pub fn take(&self, pid: u32) -> io::Result<()> {
        self.tell("cgroup.procs", &pid.to_string())
    }

    /// Whether the kernel has ended what is in it, for it had all the memory that it may have.
    pub fn is_out_of_memory(&self) -> bool {
        count(&self.read("memory.events"), "oom_kill") > 0
    }

    /// The most memory that was in use at once, in bytes, where the kernel counts that.
    pub fn memory_peak(&self) -> Option<u64> {
        self.read("memory.peak").trim().parse().ok()
    }

    /// Time on processors of everything that was in it, also of what has ended.
    pub fn cpu(&self) -> Option<Duration> {
        let used = self.read("cpu.stat");
        used.contains("usage_usec ")
            .then(|| Duration::from_micros(count(&used, "usage_usec")))
    }

    /// What the kernel ended it for, if it did: where it was over its bound, and how far that was.
    pub fn last_words(&self) -> Option<String> {
        self.is_out_of_memory().then(|| {
            let mib = self.bounds.memory >> 20;
            format!("by the kernel, for it had all the memory of its control group, {mib} MiB")
        })
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Whoever is in there has no business any more.
        if let Err(error) = remove(&self.folder) {
            warn!(%error, group = %self.folder.display(), "cannot remove a control group");
        }
    }
}

/// Ends what is in a group, and removes it.
pub(super) fn remove(folder: &Path) -> io::Result<()> {
    // Linux 5.14 has it; before, what is in it has been waited for by whoever started it.
    let _ = tell(&folder.join("cgroup.kill"), "1");
    let mut tries = 0..TRIES;
    loop {
        match fs::remove_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            // What was killed is there until it has been waited for.
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy && tries.next().is_some() => {
                thread::park_timeout(Duration::from_millis(1));
            }
            removed => return removed,
        }
    }
}

fn unless_missing(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound {
        return Ok(());
    }
    Err(error)
}

/// The number behind a word, as files of groups have them.
fn count(lines: &str, word: &str) -> u64 {
    let found = lines
        .lines()
        .find_map(|line| line.strip_prefix(word)?.strip_prefix(' '));
    found.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
}

/// Milliseconds.
const TRIES: u32 = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_events_are_found_by_their_whole_word() {
        let events = "low 0\nhigh 0\nmax 12\noom 1\noom_kill 1\noom_group_kill 1\n";
        assert_eq!(count(events, "oom_kill"), 1);
        assert_eq!(count(events, "max"), 12);
        assert_eq!(count("oom_kill_more 3\n", "oom_kill"), 0);
        assert_eq!(count("oom_kill many\n", "oom_kill"), 0);
    }
}
