//! `cargo xtask python-start`: how long a `python!` job takes that does nothing, next to a Python of this machine that does nothing.

//!
//! All is measured in one run, since a machine is never the same twice: what counts is how often one time is in another.

mod split;

use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

use crate::{
    guests, program,
    timed::{Timed, TimedBox, isolation, median, show, show_head},
};

/// Prints the times of both executors, and of the machine's own Python; and what a start consists of.
pub(crate) fn measure(jobs: usize) -> anyhow::Result<()> {
    guests::build(&["python".to_owned()])?;
    let rbit = program::build()?;
    let timed = TimedBox::new(&rbit, "runner = python!worker:run")?;
    fs::write(
        timed.folder().join("worker.py"),
        "def run(build_request, settings):\n    pass\n",
    )?;
    // Compiled before anything is measured.
    timed.run(&keys("process", false), 1)?;

    let native = native(jobs)?;
    show_head();
    show("python3 -I -S -c pass", native, native);
    for executor in ["process", "thread"] {
        first_jobs(&timed, executor, native)?;
        further_jobs(&timed, executor, jobs, native)?;
    }
    split::show_all(&rbit, jobs.min(SPLIT))
}

/// Of boxes that have a job to do when they start, and of boxes that have waited for one.
fn first_jobs(timed: &TimedBox, executor: &str, native: Duration) -> anyhow::Result<()> {
    let (mut at_once, mut later) = (Vec::new(), Vec::new());
    for _ in 0..COLD {
        at_once.extend(took(&timed.run(&keys(executor, true), 1)?));
        later.extend(took(&timed.run_apart(&keys(executor, true), 1)?.jobs));
    }
    show(
        &format!("first job, waiting at the start, {executor}"),
        median(at_once)?,
        native,
    );
    show(&format!("first job, coming later, {executor}"), median(later)?, native);
    Ok(())
}

/// Without instances that are ready, and with one: where jobs come one right after the other, and where they do not. The first job is
/// another matter.
fn further_jobs(timed: &TimedBox, executor: &str, jobs: usize, native: Duration) -> anyhow::Result<()> {
    let row = |how: &str, is_ready: bool| format!("{how}, python-ready = {}, {executor}", u8::from(is_ready));
    let mut one_by_one = [Vec::new(), Vec::new()];
    // Taking turns, so that what else the machine does is the same for both.
    for _ in 0..TURNS {
        for (is_ready, times) in [false, true].into_iter().zip(&mut one_by_one) {
            let ran = timed.run(&keys(executor, is_ready), jobs.div_ceil(TURNS) + 1)?;
            times.extend(took(&ran).skip(1));
        }
    }
    for (is_ready, times) in [false, true].into_iter().zip(one_by_one) {
        show(&row("back to back", is_ready), median(times)?, native);
    }
    for is_ready in [false, true] {
        let ran = timed.run_apart(&keys(executor, is_ready), jobs.min(APART) + 1)?.jobs;
        let of_this = ran.iter().skip(1).filter(|job| job.was_ready == is_ready);
        let times = of_this.map(|job| job.took).collect();
        show(&row("now and then", is_ready), median(times)?, native);
    }
    Ok(())
}

fn took(jobs: &[Timed]) -> impl Iterator<Item = Duration> {
    jobs.iter().map(|job| job.took)
}

fn keys(executor: &str, is_ready: bool) -> [String; 2] {
    [isolation(executor), format!("rbit.python-ready={}", u8::from(is_ready))]
}

fn native(times: usize) -> anyhow::Result<Duration> {
    let python = interpreter()?;
    let mut all = Vec::new();
    for _ in 0..times {
        let start = Instant::now();
        let status = Command::new(&python).args(["-I", "-S", "-c", "pass"]).status();
        let status = status.context("cannot start python3")?;
        if !status.success() {
            bail!("python3 ended with {status}");
        }
        all.push(start.elapsed());
    }
    median(all)
}

/// The interpreter itself: what is called `python3` may be a script that looks for it.
fn interpreter() -> anyhow::Result<String> {
    let output = Command::new("python3")
        .args(["-I", "-c", "import sys; print(sys.executable)"])
        .output()
        .context("cannot start python3")?;
    let path = String::from_utf8(output.stdout).context("python3 is in a place that is no text")?;
    Ok(path.trim().to_owned())
}

/// Starts of a box.
const COLD: usize = 5;
/// Boxes for jobs that come one right after the other.
const TURNS: usize = 5;
/// Jobs that come now and then: each takes a while to wait for.
const APART: usize = 20;
/// Jobs of which it is seen what their starts consist of.
const SPLIT: usize = 10;
