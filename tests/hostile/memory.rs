//! How much memory a program has at most.

use std::{fs, process::Child, thread, time::Duration};

use anyhow::bail;

/// Waits for the end of a program, which must be a good one, and gives the most memory that it and its children had, in KiB: the
/// system keeps the peak of each process, so what is between two looks is seen as well.
#[expect(
    clippy::disallowed_methods,
    reason = "of another process's memory there is no notice: it must be looked at again"
)]
pub(super) fn peak_of(mut child: Child) -> anyhow::Result<i64> {
    let mut peak = 0;
    loop {
        peak = peak.max(peak_now(child.id()));
        if let Some(status) = child.try_wait()? {
            if status.success() {
                return Ok(peak);
            }
            bail!("rbit ended with {status}");
        }
        thread::sleep(LOOK_AGAIN);
    }
}

fn peak_now(process: u32) -> i64 {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    let of_children = children
        .split_whitespace()
        .filter_map(|child| child.parse().ok())
        .map(peak_now);
    own_peak(process).unwrap_or_default() + of_children.sum::<i64>()
}

fn own_peak(process: u32) -> Option<i64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

const LOOK_AGAIN: Duration = Duration::from_millis(5);

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_program_that_takes_memory_is_seen_to() {
        let run = |megabytes: u32| {
            let script = format!("x=$(head -c {megabytes}000000 /dev/zero | tr '\\0' x); sleep 0.2; : \"$x\"");
            let shell = Command::new("sh").args(["-c", &script]).stderr(Stdio::null()).spawn();
            peak_of(shell.unwrap()).unwrap()
        };
        assert!(run(20) > run(0) + 10_000);
    }

    #[test]
    fn a_program_that_fails_is_an_error() {
        assert!(peak_of(Command::new("false").spawn().unwrap()).is_err());
    }
}
