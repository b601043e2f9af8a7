//! What all processes of a job use, read from outside.
//!
//! Every process of a namespace descends from its first one: those whose parent is gone are given to it. So they are found by going
//! from parents to children, as `/proc` lists them, and none is missed but for the moment in which it is made.

use std::{fs, time::Duration};

/// What they use together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Time on a processor: theirs, and that of those who have ended and been waited for.
    pub(crate) cpu: Duration,
    /// Bytes of memory that no file stands behind.
    pub(crate) memory: u64,
}

/// Looks at the processes that descend from one, itself included; at `most` so many.
pub(crate) fn sample(first: i32, most: usize) -> Sample {
    let found = descendants(first, most);
    Sample {
        cpu: found.iter().filter_map(|process| cpu(*process)).sum(),
        memory: found.iter().filter_map(|process| resident(*process)).sum(),
    }
}

/// The same memory, counted once where processes share it. It takes the kernel longer to say.
pub(crate) fn shared_memory(first: i32, most: usize) -> u64 {
    let found = descendants(first, most);
    let share = |process: &i32| proportional(*process).or_else(|| resident(*process));
    found.iter().filter_map(share).sum()
}

/// Time on a processor of one process and of its children that were waited for. A process that has ended has it until it is
/// waited for itself.
pub(crate) fn cpu(process: i32) -> Option<Duration> {
    times(&fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
}

/// The parent of a process.
pub(crate) fn parent(process: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    fields(&stat)?.nth(1)?.parse().ok()
}

/// The fields behind the name, which may hold anything, brackets included: the first of them is the state.
fn fields(stat: &str) -> Option<impl Iterator<Item = &str>> {
    Some(stat.rsplit_once(") ")?.1.split(' '))
}

fn times(stat: &str) -> Option<Duration> {
    let ticks: u64 = fields(stat)?
        .skip(11)
        .take(4)
        .filter_map(|time| time.parse::<u64>().ok())
        .sum();
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    Some(Duration::from_millis(ticks.saturating_mul(1000) / per_second))
}

fn resident(process: i32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    Some(kilobytes(&status, &["RssAnon:", "RssShmem:"]))
}

fn proportional(process: i32) -> Option<u64> {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    Some(kilobytes(&rollup, &["Pss_Anon:", "Pss_Shmem:"]))
}

/// The sum of these lines, in bytes.
fn kilobytes(text: &str, keys: &[&str]) -> u64 {
    let of = |line: &str| {
        let rest = keys.iter().find_map(|key| line.strip_prefix(key))?;
        rest.split_whitespace().next()?.parse::<u64>().ok()
    };
    text.lines().filter_map(of).sum::<u64>().saturating_mul(1 << 10)
}

fn descendants(first: i32, most: usize) -> Vec<i32> {
    let mut found = vec![first];
    let mut next = 0;
    while let Some(process) = found.get(next).copied() {
        next += 1;
        for child in children(process) {
            if found.len() >= most {
                return found;
            }
            found.push(child);
        }
    }
    found
}

/// A process's children are those of its threads.
fn children(process: i32) -> Vec<i32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else {
        return Vec::new();
    };
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("children")).ok());
    lists
        .flat_map(|list| {
            list.split_whitespace()
                .filter_map(|child| child.parse().ok())
                .collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn times_are_read_behind_a_name_that_looks_like_them() {
        let stat = "7 (a) b 1 2 3) S 1 7 7 0 -1 4194560 153 0 0 0 11 22 33 44 20 0 1 0 8 9 10";
        let ticks = Duration::from_millis(110 * 1000 / rustix::param::clock_ticks_per_second());
        assert_eq!(times(stat), Some(ticks));
        assert_eq!(times("nonsense"), None);
    }

    #[test]
    fn lines_of_kilobytes_are_added() {
        let status = "Name:\tx\nRssAnon:\t     100 kB\nRssFile:\t 7 kB\nRssShmem:\t  3 kB\n";
        assert_eq!(kilobytes(status, &["RssAnon:", "RssShmem:"]), 103 << 10);
    }

    #[test]
    fn children_and_their_children_are_found() {
        let mut shell = Command::new("/bin/sh")
            .args(["-c", "cat & echo ready; cat; wait"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let me = i32::try_from(std::process::id()).unwrap();
        let first = i32::try_from(shell.id()).unwrap();
        // One in the background, whose input is empty, may have ended; the other waits for us.
        let mut seen = 0;
        while seen < 2 {
            seen = descendants(first, 10).len();
        }
        assert_eq!(parent(first), Some(me));
        assert!(descendants(first, 1).len() == 1);
        assert!(sample(first, 10).memory > 0);
        drop(shell.stdin.take());
        shell.wait().unwrap();
    }
}
