//! Guests that want all of the machine, and what becomes of the others.

use std::{
    num::NonZero,
    thread,
    time::{Duration, Instant},
};

use rbit_testkit::{fake_pybit::Request, guests::Fixture};
use serde_json::Value;

use crate::{
    broker::message_of,
    rbit_box::TestRunner,
    rbit_program::{stderr, stdout},
    scene::{Lane, Scene},
};

/// `cargo xtask neighbours` shows what it prints.
#[tokio::test(flavor = "multi_thread")]
async fn the_broker_stays_and_short_jobs_of_another_runner_go_on_beside_ten_guests_that_spin() {
    let mut names: Vec<_> = (0..SPINNERS).map(|number| (SPIN + number).to_string()).collect();
    names.extend((0..MOST_SHORT).map(|number| (SHORT + number).to_string()));
    let jobs: Vec<_> = names.iter().map(String::as_str).collect();
    let spins = TestRunner::new("spins", Fixture::LoopsForever).sandbox("memory = 16MiB");
    let short = TestRunner::hello().sandbox("memory = 16MiB");
    let scene = Scene::set(&jobs, vec![Lane::unique(spins), Lane::unique(short)]).await;
    let slots = SPINNERS + 1;
    scene.rbit_box.edit("[rbit]\n", &format!("[rbit]\nslots = {slots}\n"));
    let heartbeat = format!("[amqp]\nheartbeat = {}s\n", HEARTBEAT.as_secs());
    scene.rbit_box.edit("[amqp]\n", &heartbeat);
    let running = scene.rbit_box.start();

    // The first one has its component compiled.
    let alone = SHORT + 1..SHORT + 1 + ALONE;
    for job in SHORT..alone.end {
        run(&scene, job).await;
    }
    for job in SPIN..SPIN + SPINNERS {
        scene.publish(0, &message_of(job, &format!("m{job}"))).await;
    }
    for job in SPIN..SPIN + SPINNERS {
        until(&scene, job, "Building").await;
    }
    // A connection of which nothing is heard for two heartbeats is given up by the broker.
    let (began, first) = (Instant::now(), alone.end);
    let mut last = first;
    while last < SHORT + MOST_SHORT && (began.elapsed() < 4 * HEARTBEAT || last < first + ALONE) {
        run(&scene, last).await;
        last += 1;
    }
    let spun = began.elapsed();
    let lost = running.said("connection to the broker lost");
    let output = running.stop();

    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(lost, 0, "{}", stderr(&output));
    let journal = journal(&scene);
    for job in SPIN..SPIN + SPINNERS {
        // Each has computed all the while, and once.
        let job = of(&journal, job);
        assert_eq!((&job["state"], &job["attempt"]), (&"interrupted".into(), &1.into()));
    }
    let times = |jobs: std::ops::Range<u32>| median(jobs.map(|job| time_of(of(&journal, job))).collect());
    let (alone, beside) = (times(alone), times(first..last));
    println!("cores: {}", thread::available_parallelism().map_or(1, NonZero::get));
    println!("short jobs alone: median {alone:.1} ms");
    println!(
        "beside {SPINNERS} guests that spun for {} s: median {beside:.1} ms, {:.1} times as long; {} of them",
        spun.as_secs(),
        beside / alone,
        last - first
    );
    println!("heartbeat of {} s: connections lost: {lost}", HEARTBEAT.as_secs());
    scene.strike().await;
}

/// From the message to the word that it is done.
async fn run(scene: &Scene, job: u32) {
    scene.publish(1, &message_of(job, &format!("m{job}"))).await;
    until(scene, job, "Done").await;
}

async fn until(scene: &Scene, job: u32, status: &str) {
    let told = format!("PUT /job/{job} status={status}");
    let is_told = |request: &Request| request.to_string().starts_with(&told);
    scene
        .pybit
        .wait_for(|requests| requests.iter().any(is_told))
        .await
        .unwrap();
}

fn journal(scene: &Scene) -> Vec<Value> {
    let output = scene.rbit_box.call(&["jobs", "rbit.ini", "--json", "--limit", "10000"]);
    let jobs = stdout(&output);
    jobs.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of(journal: &[Value], job: u32) -> &Value {
    let package = format!("m{job}");
    journal.iter().find(|job| job["package"] == *package).unwrap()
}

/// Milliseconds from the claim to the outcome.
fn time_of(job: &Value) -> f64 {
    assert_eq!(job["outcome"], "done", "{job}");
    let moment = |key: &str| job[key].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    moment("ended").duration_since(moment("started")).as_secs_f64() * 1000.0
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

const SPINNERS: u32 = 10;
/// Numbers of jobs.
const SPIN: u32 = 100;
const SHORT: u32 = 1000;
/// Short jobs before there is anything beside them, and at least as many afterwards.
const ALONE: u32 = 15;
const MOST_SHORT: u32 = 2000;
const HEARTBEAT: Duration = Duration::from_secs(5);
