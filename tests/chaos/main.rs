//! `cargo xtask chaos` and `cargo xtask cluster`, after everything it needs was built: the arguments are whether the broker is one node or a
//! cluster, the program, a folder, and the numbers of jobs, boxes, kills and the seed.

#![expect(clippy::print_stdout, reason = "a developer's tool speaks to a terminal")]

use std::process::ExitCode;

use anyhow::Context as _;
use rbit_e2e::{
    chaos::{self, Options},
    driver,
};

fn main() -> ExitCode {
    driver::drive(run)
}

fn run(words: &[String]) -> anyhow::Result<bool> {
    let Some((broker, words)) = words.split_first() else {
        anyhow::bail!("expected: {ARGUMENTS}");
    };
    let options = options(words)?;
    chaos::fresh_folder(&options.folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = match broker.as_str() {
        "node" => runtime.block_on(chaos::run(&options))?,
        "cluster" => runtime.block_on(chaos::run_with_cluster(&options))?,
        other => anyhow::bail!("`{other}` is no broker; expected: {ARGUMENTS}"),
    };
    println!("{report}");
    Ok(report.broken().is_empty())
}

fn options(words: &[String]) -> anyhow::Result<Options> {
    let [rbit, folder, jobs, workers, kills, seed] = words else {
        anyhow::bail!("expected: {ARGUMENTS}");
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

const ARGUMENTS: &str = "node|cluster RBIT FOLDER JOBS WORKERS KILLS SEED";
