//! `cargo xtask python-start`: how long a `python!` job takes that does nothing, next to a Python of this machine that does nothing.

use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

use crate::{
    guests, program,
    timed::{TimedBox, isolation, median, show, show_head},
};

/// Prints the times of both executors, and of the machine's own Python.
pub(crate) fn measure(jobs: usize) -> anyhow::Result<()> {
    guests::build(&["python".to_owned()])?;
    let timed = TimedBox::new(&program::build()?, "runner = python!worker:run")?;
    fs::write(
        timed.folder().join("worker.py"),
        "def run(build_request, settings):\n    pass\n",
    )?;
    // Compiled before anything is measured.
    run(&timed, "process", false, 1)?;

    let native = native(jobs)?;
    show_head();
    show("python3 -I -S -c pass", native, native);
    for executor in ["process", "thread"] {
        let mut cold = Vec::new();
        for _ in 0..COLD {
            cold.extend(run(&timed, executor, false, 1)?);
        }
        show(
            &format!("first python! job of a box, {executor}"),
            median(cold)?,
            native,
        );
        for is_ready in [false, true] {
            let times = run(&timed, executor, is_ready, jobs + 1)?.split_off(1);
            let what = format!("further ones, python-ready = {}, {executor}", u8::from(is_ready));
            show(&what, median(times)?, native);
        }
    }
    Ok(())
}

/// Times of jobs whose instances were ready, or were not. The first one never was.
fn run(timed: &TimedBox, executor: &str, is_ready: bool, jobs: usize) -> anyhow::Result<Vec<Duration>> {
    let keys = [isolation(executor), format!("rbit.python-ready={}", u8::from(is_ready))];
    let mut jobs = timed.run(&keys, jobs)?.into_iter();
    let first = jobs.next().map(|job| job.took);
    let further = jobs.filter(|job| job.was_ready == is_ready).map(|job| job.took);
    Ok(first.into_iter().chain(further).collect())
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
