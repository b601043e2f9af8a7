//! `cargo xtask cost`: what a job costs whose guests are in a process of their own, next to one in the process of the box.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::Context as _;

use crate::{
    guests, program,
    timed::{TimedBox, isolation, median, show, show_head},
};

/// Prints the times of both executors: of a job that does nothing, and of one that delivers a file; of the first job of a box, and of
/// further ones.
pub(crate) fn measure(jobs: usize, boxes: usize) -> anyhow::Result<()> {
    guests::build(&[GUEST.to_owned()])?;
    let rbit = program::build()?;
    show_head();
    for (what, settings) in [("nothing", NOTHING), ("a file", FILE)] {
        let runner = format!("runner = wasm!{}\n{settings}", component()?.display());
        let timed = TimedBox::new(&rbit, &runner)?;
        // Compiled before anything is measured.
        timed.run(&[isolation("thread")], 1)?;
        timed.run(&[isolation("process")], 1)?;
        let thread = times(&timed, "thread", jobs, boxes)?;
        let process = times(&timed, "process", jobs, boxes)?;
        show(&format!("{what}: first job of a box, thread"), thread.cold, thread.cold);
        show(
            &format!("{what}: first job of a box, process"),
            process.cold,
            thread.cold,
        );
        show(&format!("{what}: further jobs, thread"), thread.warm, thread.warm);
        show(&format!("{what}: further jobs, process"), process.warm, thread.warm);
    }
    Ok(())
}

struct Times {
    cold: Duration,
    warm: Duration,
}

fn times(timed: &TimedBox, executor: &str, jobs: usize, boxes: usize) -> anyhow::Result<Times> {
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for _ in 0..boxes {
        let timed = timed.run(&[isolation(executor)], jobs + 1)?;
        let mut times: Vec<_> = timed.into_iter().map(|job| job.took).collect();
        cold.push(times.remove(0));
        warm.append(&mut times);
    }
    Ok(Times {
        cold: median(cold)?,
        warm: median(warm)?,
    })
}

fn component() -> anyhow::Result<PathBuf> {
    let path = program::target_folder().join("guests").join(format!("{GUEST}.wasm"));
    fs::canonicalize(&path).with_context(|| format!("there is no `{}`", path.display()))
}

/// Does what its settings say.
const GUEST: &str = "names";
const NOTHING: &str = "";
const FILE: &str = "make = file:page.txt\nreturns = /output/page.txt";
