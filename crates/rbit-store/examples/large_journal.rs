//! How large the journal of 100,000 jobs is, and how long it takes to open it:
//!
//! ```text
//! cargo run --release --example large_journal
//! ```
//!
//! An argument is another number of jobs. The figures in `docs/operations.md` come from here.

#![expect(clippy::print_stdout, reason = "an example speaks to a terminal")]

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use jiff::Timestamp;
use rbit_job::{
    Attempt, JobId, JobKey, JobState, Outcome, QueueName, RunnerName, Status, Usage,
    port::{Claim, Finish, Journal},
};
use rbit_store::{Incarnation, Store};
use tokio::task::JoinSet;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let jobs = std::env::args().nth(1).map_or(Ok(100_000), |number| number.parse())?;
    let folder = tempfile::tempdir()?;
    let (written, wrote) = (Instant::now(), write(folder.path(), jobs).await?);
    println!("jobs                {wrote:>10}");
    println!("written in          {:>10.1?}", written.elapsed());
    let opened = open(folder.path()).await?;
    println!("opened in           {opened:>10.1?}");
    for (name, bytes) in sizes(folder.path())? {
        println!("{name:<20}{:>10.1} MB", bytes as f64 / 1e6);
    }
    Ok(())
}

/// Jobs as a box has them, many at once.
async fn write(folder: &Path, jobs: u32) -> anyhow::Result<u32> {
    let journal = Arc::new(Store::open(folder)?.begin(Timestamp::now()).await?);
    let mut writers = JoinSet::new();
    for turn in 0..WRITERS {
        let journal = Arc::clone(&journal);
        writers.spawn(async move {
            for job in (0..jobs).filter(|job| job % WRITERS == turn) {
                live(&journal, job).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(written) = writers.join_next().await {
        written??;
    }
    Ok(jobs)
}

/// The life of one job.
async fn live(journal: &Incarnation, number: u32) -> anyhow::Result<()> {
    let queue = QueueName::new("cnx_any_latex_pdf")?;
    let claim = Claim {
        key: JobKey::of(&queue, None, &number.to_be_bytes()),
        queue,
        runner: RunnerName::new("pdf")?,
        job: JobId::new(number.to_string())?,
        web_host: Some("pybit.example:8080".to_owned()),
        package: format!("m{number}"),
        version: "1.2".to_owned(),
        attempt: Attempt::FIRST,
        is_fresh: true,
        now: Timestamp::now(),
    };
    journal.claim(&claim).await?;
    let finish = Finish {
        key: claim.key,
        attempt: Attempt::FIRST,
        state: JobState::Finished,
        outcome: Outcome::Done(Vec::new()),
        status: Some(Status::Done),
        // Reports that were taken leave nothing behind.
        report: None,
        event: None,
        usage: Usage::default(),
        now: Timestamp::now(),
    };
    Ok(journal.finish(&finish).await?)
}

/// Of the database and what SQLite keeps beside it.
fn sizes(folder: &Path) -> anyhow::Result<Vec<(String, u64)>> {
    let mut sizes = Vec::new();
    for entry in std::fs::read_dir(folder).context("cannot list the folder")? {
        let entry = entry?;
        sizes.push((entry.file_name().display().to_string(), entry.metadata()?.len()));
    }
    sizes.sort();
    Ok(sizes)
}

async fn open(folder: &Path) -> anyhow::Result<Duration> {
    let started = Instant::now();
    let journal = Store::open(folder)?.begin(Timestamp::now()).await?;
    let took = started.elapsed();
    drop(journal);
    Ok(took)
}

const WRITERS: u32 = 64;
