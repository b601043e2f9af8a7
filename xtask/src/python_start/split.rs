//! What the start of a job in Python consists of.

use std::{fs, path::Path, time::Duration};

use anyhow::Context as _;

use super::keys;
use crate::timed::{Ran, Timed, TimedBox, median};

/// Prints a table for each executor, of jobs for which no instance was ready.
pub(super) fn show_all(rbit: &Path, jobs: usize) -> anyhow::Result<()> {
    for executor in ["process", "thread"] {
        // A folder of its own: the component is compiled for it.
        let timed = TimedBox::new(rbit, "runner = python!clocked:run")?;
        fs::write(timed.folder().join("clocked.py"), CLOCKED)?;
        fs::write(timed.folder().join("neighbour.py"), neighbour())?;
        // However busy the machine is.
        let patient = "rbit.compile-time=1h".to_owned();
        let keys: Vec<_> = keys(executor, false).into_iter().chain([patient]).collect();
        // The first start compiles.
        let [first, second] = [timed.start(&keys)?, timed.start(&keys)?];
        let ran = timed.run_apart(&keys, jobs + 1)?;
        println!("\nwhat a start consists of, {executor}");
        show("once: compiling the component", first.saturating_sub(second));
        show_process(&ran, executor)?;
        show_each(&ran)?;
    }
    Ok(())
}

/// Started once for all jobs: by the time that the box writes into its log.
fn show_process(ran: &Ran, executor: &str) -> anyhow::Result<()> {
    if executor == "process" {
        let process = Duration::from_micros(logged(&ran.log, "ready_us=")?);
        show("once: a process that has given up what it can", process);
    }
    Ok(())
}

/// What each job does, by the clocks of its guest, which begin with the guest.
fn show_each(ran: &Ran) -> anyhow::Result<()> {
    let clocks = ran
        .log
        .lines()
        .filter_map(|line| line.split_once(MARK))
        .map(|(_, rest)| clocks(rest));
    let clocks = clocks.collect::<anyhow::Result<Vec<_>>>()?;
    let jobs: Vec<_> = ran.jobs.iter().zip(clocks).skip(1).collect();
    let of = |part: &dyn Fn(&Timed, Clocks) -> Duration| {
        median(jobs.iter().map(|(job, clocks)| part(job, *clocks)).collect())
    };
    show("the instance", of(&|job, _| job.instantiation)?);
    show(
        "the interpreter, up to the author's first line",
        of(&|job, clocks| clocks.began.saturating_sub(job.instantiation))?,
    );
    show(
        "reading and compiling a module of 200 lines",
        of(&|_, clocks| clocks.imported.saturating_sub(clocks.began))?,
    );
    show(
        "the callable, and the end of the guest",
        of(&|job, clocks| job.guest.saturating_sub(clocks.imported))?,
    );
    show(
        "around the guest: folders, journal, thread",
        of(&|job, _| job.took.saturating_sub(job.guest))?,
    );
    show("all of it", of(&|job, _| job.took)?);
    Ok(())
}

/// Since the guest began: at the first line of the author's module, and after it has imported another.
#[derive(Clone, Copy)]
struct Clocks {
    began: Duration,
    imported: Duration,
}

fn clocks(text: &str) -> anyhow::Result<Clocks> {
    let mut micros = text.split_whitespace().map(str::parse);
    let mut next = || {
        micros
            .next()
            .context("a job printed no clock")?
            .context("a job printed no number")
    };
    Ok(Clocks {
        began: Duration::from_micros(next()?),
        imported: Duration::from_micros(next()?),
    })
}

/// The number behind the first of these marks in a log.
fn logged(log: &str, mark: &str) -> anyhow::Result<u64> {
    let (_, rest) = log
        .split_once(mark)
        .with_context(|| format!("the box's log has no `{mark}`"))?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().with_context(|| format!("no number behind `{mark}`"))
}

fn show(what: &str, time: Duration) {
    println!("{what:50} {:>8.1} ms", time.as_secs_f64() * 1000.0);
}

/// A module as long as an author's.
fn neighbour() -> String {
    let function =
        |number| format!("def f{number}(value):\n    text = \"{{0}}\".format(value)\n    return [text] * {number}\n\n");
    (0..50).map(function).collect()
}

const MARK: &str = "clocks of the guest ";

const CLOCKED: &str = "\
import time
BEGAN = time.perf_counter()
import neighbour
IMPORTED = time.perf_counter()

def run(build_request, settings):
    print('clocks of the guest', int(BEGAN * 1e6), int(IMPORTED * 1e6))
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_out_of_a_log() {
        let log = "started x_ms=3 duration_ms=12 pid=4\nclocks of the guest 5000 7000\n";
        assert_eq!(logged(log, "duration_ms=").unwrap(), 12);
        assert!(logged(log, "ready_us=").unwrap_err().to_string().contains("ready_us="));
        let (_, rest) = log.split_once(MARK).unwrap();
        let clocks = clocks(rest).unwrap();
        assert_eq!((clocks.began.as_millis(), clocks.imported.as_millis()), (5, 7));
    }
}
