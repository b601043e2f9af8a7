//! Every way in which a program can end, and what it is called.

use std::time::Duration;

use rbit_job::{
    Ending, Limits, Reason,
    exit_code::{self, LastWords},
};
use rbit_output::text::bytes;

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It never ran: what was to run it says why.
    NotStarted(String),
    /// It left with this code.
    Exited(i32),
    /// A signal ended it.
    Signalled(i32),
    /// Its whole namespace ended, and nobody said how.
    Gone,
    /// It was ended over a limit.
    Over(Over),
    /// It was ended because somebody asked for that.
    Stopped,
}

/// The limit that was passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// Time on the wall.
    Time,
    /// Time on a processor, of all its processes.
    Cpu,
    /// Memory of all its processes.
    Memory,
    /// Bytes in its folders.
    Disk,
    /// Files in its folders.
    Files,
    /// What is in its folders cannot be counted.
    Uncounted(&'static str),
}

/// What a program used, as far as it was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    pub(crate) memory_peak: u64,
    pub(crate) disk_peak: u64,
    pub(crate) files_peak: u64,
}

/// Bubblewrap passes on what a shell would: a code, or 128 and the number of the signal.
pub(crate) fn of_code(code: i32) -> End {
    match code {
        129..=192 => End::Signalled(code - 128),
        code => End::Exited(code),
    }
}

/// The ending that follows; none if the program is done. The reason ends with what it printed last.
pub(crate) fn judge(end: &End, limits: &Limits, used: &Used, last_words: &LastWords) -> Option<Ending> {
    let stderr = &last_words.stderr;
    match end {
        End::NotStarted(why) => Some(Ending::HostFault(with_words(
            format!("the program was not run: {why}"),
            stderr,
        ))),
        End::Exited(code) => exit_code::ending(*code, last_words),
        End::Signalled(signal) => Some(signalled(*signal, limits, used, stderr)),
        End::Gone => Some(trap("it ended without an exit code", stderr)),
        End::Over(over) => Some(over_limit(over, limits, used, stderr)),
        // Whoever asked for it knows why.
        End::Stopped => Some(Ending::Interrupted),
    }
}

/// Two signals are the kernel's word for a limit of one process.
fn signalled(signal: i32, limits: &Limits, used: &Used, last_words: &str) -> Ending {
    match signal {
        libc::SIGXCPU => over_limit(&Over::Cpu, limits, used, last_words),
        libc::SIGXFSZ => {
            let limit = bytes(limits.disk);
            failed(
                Reason::DiskLimit,
                format!("disk: limit {limit}, and one file would have had more"),
                last_words,
            )
        }
        signal => trap(&format!("it was ended by signal {signal}"), last_words),
    }
}

fn over_limit(over: &Over, limits: &Limits, used: &Used, last_words: &str) -> Ending {
    let (reason, text) = match over {
        Over::Time => (Reason::Timeout, format!("timeout: limit {:?} is over", limits.timeout)),
        Over::Cpu => {
            let (limit, used) = (limits.cpu_time, used.cpu);
            (
                Reason::CpuLimit,
                format!("cpu-time: limit {limit:?} is over, used {used:?}"),
            )
        }
        Over::Memory => (Reason::MemoryLimit, passed("memory", limits.memory, used.memory_peak)),
        Over::Disk => (Reason::DiskLimit, passed("disk", limits.disk, used.disk_peak)),
        Over::Files => {
            let (limit, peak) = (limits.files, used.files_peak);
            (Reason::FileLimit, format!("files: limit {limit}, peak {peak}"))
        }
        Over::Uncounted(why) => (
            Reason::DiskLimit,
            format!("disk: what its folders hold cannot be counted: {why}"),
        ),
    };
    failed(reason, text, last_words)
}

fn passed(key: &str, limit: u64, peak: u64) -> String {
    format!("{key}: limit {}, peak {}", bytes(limit), bytes(peak))
}

fn trap(what: &str, last_words: &str) -> Ending {
    failed(Reason::GuestTrap, what.to_owned(), last_words)
}

fn failed(reason: Reason, text: String, last_words: &str) -> Ending {
    Ending::failed(reason, with_words(text, last_words))
}

fn with_words(text: String, last_words: &str) -> String {
    match last_words {
        "" => text,
        words => format!("{text}; stderr: {words}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_stderr(words: &str) -> LastWords {
        LastWords {
            stderr: words.into(),
            ..LastWords::default()
        }
    }

    #[test]
    fn each_end_has_one_name() {
        let reason = |end: End| {
            let ending = judge(&end, &Limits::default(), &Used::default(), &on_stderr("words"));
            ending.map_or(Reason::Done, |ending| ending.reason())
        };
        for (end, expected) in [
            (End::NotStarted("why".into()), Reason::HostFault),
            (of_code(0), Reason::Done),
            (of_code(75), Reason::GuestBlocked),
            (of_code(1), Reason::GuestFailed),
            (of_code(127), Reason::GuestFailed),
            (of_code(128), Reason::GuestFailed),
            (of_code(255), Reason::GuestFailed),
            (of_code(128 + libc::SIGSEGV), Reason::GuestTrap),
            (of_code(128 + libc::SIGKILL), Reason::GuestTrap),
            (of_code(128 + libc::SIGXCPU), Reason::CpuLimit),
            (of_code(128 + libc::SIGXFSZ), Reason::DiskLimit),
            (End::Gone, Reason::GuestTrap),
            (End::Over(Over::Time), Reason::Timeout),
            (End::Over(Over::Cpu), Reason::CpuLimit),
            (End::Over(Over::Memory), Reason::MemoryLimit),
            (End::Over(Over::Disk), Reason::DiskLimit),
            (End::Over(Over::Files), Reason::FileLimit),
            (End::Over(Over::Uncounted("x")), Reason::DiskLimit),
            (End::Stopped, Reason::Interrupted),
        ] {
            assert_eq!(reason(end.clone()), expected, "{end:?}");
        }
    }

    #[test]
    fn a_limit_is_named_with_its_value_and_the_peak() {
        let used = Used {
            memory_peak: 600 << 20,
            files_peak: 10_001,
            ..Used::default()
        };
        let text = |over| {
            judge(&End::Over(over), &Limits::default(), &used, &on_stderr("last"))
                .unwrap()
                .to_string()
        };
        assert_eq!(text(Over::Memory), "memory: limit 512 MiB, peak 600 MiB; stderr: last");
        assert_eq!(text(Over::Files), "files: limit 10000, peak 10001; stderr: last");
    }
}
