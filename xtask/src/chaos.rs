//! `cargo xtask chaos` and `cargo xtask cluster`: many jobs, a few boxes, and a hand that kills them and breaks their broker; then a table.
//!
//! What is done to the boxes and what is checked afterwards is in `tests/chaos.rs`: it speaks AMQP and answers as the front-end does, so
//! it links the parts of rbit that know how. These tasks build what that program needs; the program starts a broker for itself, because
//! it stops it, too.

use std::{fs, path::Path, process::Command};

use anyhow::{Context as _, bail};
use clap::Args;

use crate::{guests, program, rabbitmq};

/// How much of it.
#[derive(Args)]
pub(crate) struct Amount {
    /// How many messages are published
    #[arg(long, default_value_t = 2000)]
    jobs: u32,
    /// How many boxes work side by side
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    workers: u32,
    /// What decides what is done to whom, and when
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Keep the folders of the boxes, with their journals and logs
    #[arg(long)]
    keep: bool,
}

/// Arguments of `cargo xtask chaos`.
#[derive(Args)]
pub(crate) struct Chaos {
    #[command(flatten)]
    amount: Amount,
    /// How often a box is killed
    #[arg(long, default_value_t = 10)]
    kills: u32,
}

/// Arguments of `cargo xtask cluster`.
#[derive(Args)]
pub(crate) struct Cluster {
    #[command(flatten)]
    amount: Amount,
    /// How often a box is killed, beside what is done to the nodes
    #[arg(long, default_value_t = 3)]
    kills: u32,
}

/// With one node, whose network is broken and which is restarted. An error when a promise was broken.
pub(crate) fn chaos(chaos: &Chaos) -> anyhow::Result<()> {
    run("chaos", "node", &chaos.amount, chaos.kills)
}

/// With a cluster, which loses nodes.
pub(crate) fn cluster(cluster: &Cluster) -> anyhow::Result<()> {
    run("cluster", "cluster", &cluster.amount, cluster.kills)
}

fn run(task: &str, broker: &str, amount: &Amount, kills: u32) -> anyhow::Result<()> {
    guests::build(&GUESTS.map(str::to_owned))?;
    let rbit = program::build()?;
    let driver = program::build_bin("chaos")?;
    rabbitmq::server()?;
    let folder = program::target_folder().join(task);
    let Amount {
        jobs, workers, seed, ..
    } = amount;
    println!("{jobs} jobs, {workers} boxes, {kills} kills, seed {seed}");
    let status = Command::new(driver)
        .arg(broker)
        .args([&rbit, &folder])
        .args([*jobs, *workers, kills].map(|number| number.to_string()))
        .arg(seed.to_string())
        .status()
        .context("cannot start the chaos program")?;
    if !status.success() {
        bail!(
            "a promise was broken; the boxes' journals and logs are in `{}`",
            folder.display()
        );
    }
    if amount.keep {
        println!("The folders of the boxes: {}", folder.display());
        return Ok(());
    }
    remove(&folder)
}

fn remove(folder: &Path) -> anyhow::Result<()> {
    fs::remove_dir_all(folder).with_context(|| format!("cannot remove `{}`", folder.display()))
}

const GUESTS: [&str; 4] = ["names", "rust-hello", "blocks-first", "fails"];
