//! `cargo xtask chaos`, after everything it needs was built: the arguments are the program, a folder, and the numbers of jobs, boxes,
//! kills and the seed.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a developer's tool speaks to a terminal"
)]

use std::{env, process::ExitCode};

use anyhow::Context as _;
use rbit_e2e::chaos::{self, Options};

fn main() -> ExitCode {
    match options().and_then(|options| run(&options)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> anyhow::Result<bool> {
    chaos::fresh_folder(&options.folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(chaos::run(options))?;
    println!("{report}");
    Ok(report.broken().is_empty())
}

fn options() -> anyhow::Result<Options> {
    let words: Vec<_> = env::args().skip(1).collect();
    let [rbit, folder, jobs, workers, kills, seed] = words.as_slice() else {
        anyhow::bail!("expected: RBIT FOLDER JOBS WORKERS KILLS SEED");
    };
    let number = |text: &String| text.parse::<u32>().with_context(|| format!("`{text}` is no number"));
    Ok(Options {
        rbit: rbit.into(),
        folder: folder.into(),
        jobs: number(jobs)?,
        workers: number(workers)?,
        kills: number(kills)?,
        seed: seed.parse().with_context(|| format!("`{seed}` is no seed"))?,
    })
}
