//! `cargo xtask python-start`: how long a `python!` job takes that does nothing, next to a Python of this machine that does nothing.

use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

use crate::{
    guests, program,
    timed::{TimedBox, median, show, show_head},
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
    timed.run("process", 1)?;

    let native = native(jobs)?;
    show_head();
    show("python3 -I -S -c pass", native, native);
    for isolation in ["process", "thread"] {
        let mut times = timed.run(isolation, jobs + 1)?;
        let first = times.remove(0);
        show(&format!("first python! job of a box, {isolation}"), first, native);
        show(&format!("further python! jobs, {isolation}"), median(times)?, native);
    }
    Ok(())
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
