//! Many jobs, a few boxes, and a hand that kills boxes and breaks connections while they work; then the books are opened.
//!
//! Everything is real but the front-end and the guests' business: boxes are processes of the program with state folders of their own,
//! and reach a RabbitMQ of this run's own: one node, through a proxy, or a cluster. What happens when is drawn from a seed and counted in
//! requests that the front-end has seen, so that two runs of a seed are hit at about the same points of their work.
//!
//! The checks are those of a total queue: what was published is what ended, each job in one way; nothing is lost, nothing comes from
//! nowhere, and whatever happened more than once has its cause.

mod blow;
mod books;
mod broker;
mod fleet;
mod hand;
mod jobs;
mod post;
mod report;

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use rbit_testkit::fake_pybit::FakePybit;
use tokio::time::sleep;

pub use report::Report;

use blow::Plan;
use books::Books;
use broker::Broker;
use fleet::Fleet;
use hand::Hand;
use jobs::Jobs;
use post::Post;

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Options {
    /// The program.
    pub rbit: PathBuf,
    /// Where boxes keep what they keep; empty or not there.
    pub folder: PathBuf,
    /// Messages to publish.
    pub jobs: u32,
    /// Boxes that work side by side.
    pub workers: u32,
    /// How often one of them is killed.
    pub kills: u32,
    /// What decides which and when.
    pub seed: u64,
}

/// Does it with one node, and reports. An error means that it could not be brought to an end; what is wrong with the end is in the
/// report.
pub async fn run(options: &Options) -> anyhow::Result<Report> {
    run_with(options, Broker::node().await?, blow::for_one_node).await
}

/// The same with a cluster, whose nodes boxes reach directly.
pub async fn run_with_cluster(options: &Options) -> anyhow::Result<Report> {
    let broker = Broker::cluster(&options.folder.join("nodes")).await?;
    run_with(options, broker, blow::for_a_cluster).await
}

async fn run_with(options: &Options, broker: Broker, plan: fn(&Options, usize) -> Plan) -> anyhow::Result<Report> {
    let started = Instant::now();
    let jobs = Jobs::new(options.jobs);
    let pybit = jobs.waiting_at(FakePybit::start().await?);
    let post = Post::open(&broker).await?;
    let mut fleet = Fleet::start(options, &post, &broker, &pybit)?;
    let mut hand = Hand::new(plan(options, jobs.expected_requests()), broker);

    let (published, worked) = tokio::join!(post.publish(&jobs, &pybit), work(&mut fleet, &mut hand, &pybit, &jobs));
    published?;
    worked?;
    fleet.stop().await?;
    fleet.finish(&post).await?;
    let books = Books::open(&fleet, &post, &pybit, hand.events()).await?;
    Ok(Report::new(&jobs, books, started.elapsed()))
}

/// Lets the hand do its work until every job has a final status.
async fn work(fleet: &mut Fleet, hand: &mut Hand, pybit: &FakePybit, jobs: &Jobs) -> anyhow::Result<()> {
    let (mut ended, mut ended_at) = (0, Instant::now());
    loop {
        let now_ended = jobs.ended(pybit);
        if now_ended == jobs.requests() {
            return Ok(());
        }
        if now_ended > ended {
            (ended, ended_at) = (now_ended, Instant::now());
        }
        if ended_at.elapsed() > STALLED {
            bail!(
                "nothing ended for {STALLED:?}, with {ended} of {} jobs ended",
                jobs.requests()
            );
        }
        // Counting is dear, and blows must come at their time.
        for _ in 0..LOOKS_FOR_A_COUNT {
            fleet.look_after()?;
            hand.strike_if_due(fleet, pybit).await?;
            sleep(LOOK_AGAIN).await;
        }
    }
}

/// A folder for a run, made empty.
pub fn fresh_folder(path: &Path) -> anyhow::Result<()> {
    if path.exists() {
        std::fs::remove_dir_all(path).with_context(|| format!("cannot empty `{}`", path.display()))?;
    }
    std::fs::create_dir_all(path).with_context(|| format!("cannot make `{}`", path.display()))
}

const LOOK_AGAIN: Duration = Duration::from_millis(5);
const LOOKS_FOR_A_COUNT: u32 = 50;
/// Nothing in a run takes a tenth of it but a box that was told to wait for its name, and a cluster that comes together again after its
/// majority stood still.
const STALLED: Duration = Duration::from_secs(300);
