//! The real RabbitMQ and a front-end that answers as PyBit does.

use std::{fs, time::Duration};

use rbit_amqp::{Admin, Message, PARKED};
use rbit_job::QueueName;
use rbit_testkit::{broker::unique_pybit_queue, guests::Fixture};
use rustix::process::Signal;

use crate::{
    rbit_box::TestRunner,
    rbit_program::stderr,
    scene::{Lane, Scene},
};

/// A message of a running PyBit, byte by byte. Its job has number 4 and its package is `m9003`, version 1.2.
pub(crate) const CAPTURED: &str = include_str!("fixtures/01-buildrequest-plain.body");

/// The captured message as another job of another package.
pub(crate) fn message_of(job: u32, package: &str) -> String {
    CAPTURED
        .replace("\"id\": 4, \"buildclient\"", &format!("\"id\": {job}, \"buildclient\""))
        .replace("m9003", package)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_captured_message_published_as_pybit_does_is_run_delivered_and_reported() {
    let queue = QueueName::new("cnx_any_latex_pdf").unwrap();
    let lane = Lane {
        queue,
        key: "cnx.any.latex.pdf".into(),
        runner: TestRunner::hello(),
    };
    let scene = Scene::set(&["4"], vec![lane]).await;
    // The recording has delivery mode 2 and no other property.
    scene.publish(0, CAPTURED).await;
    let running = scene.rbit_box.start();
    scene.pybit.wait_for(|requests| requests.len() == 3).await.unwrap();
    let output = running.stop();

    assert!(output.status.success(), "{}", stderr(&output));
    let expected = [
        "GET /job/4/status",
        &format!("PUT /job/4 status=Building&client={}", scene.name.client()),
        "PUT /job/4 status=Done",
    ];
    assert_eq!(scene.pybit.dialogue(), expected);
    assert_eq!(scene.pybit.history("4"), ["Waiting", "Building", "Done"]);
    let file = scene.rbit_box.path("output/hello/m9003-1.2.txt");
    assert!(fs::read_to_string(file).unwrap().contains("World"));
    assert_eq!(scene.waiting(0).await, 0);
    scene.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bad_message_and_hostile_guest_ends_as_the_table_says_and_the_worker_goes_on() {
    let names = |name, settings| TestRunner::new(name, Fixture::Names).settings(settings);
    let table = [
        (
            TestRunner::new("traps", Fixture::Traps).settings("text = on purpose"),
            "guest-trap",
        ),
        (names("climbs", "returns = ../../etc/passwd"), "artifact-refused"),
        (names("absolute", "returns = /etc/passwd"), "artifact-refused"),
        (
            names("symlink", "make = symlink:s=../../etc/passwd\nreturns = /output/s"),
            "artifact-refused",
        ),
        (
            names("folder", "make = folder:d\nreturns = /output/d"),
            "artifact-refused",
        ),
        (names("absent", "returns = /output/absent"), "artifact-refused"),
        (TestRunner::hello(), "done"),
    ];
    let jobs: Vec<_> = (100..).zip(&table).map(|(job, _)| job.to_string()).collect();
    let jobs: Vec<_> = jobs.iter().map(String::as_str).collect();
    let lanes = table.iter().map(|(runner, _)| Lane::unique(runner.clone())).collect();
    let scene = Scene::set(&jobs, lanes).await;
    for (index, (job, (runner, _))) in (100..).zip(&table).enumerate() {
        scene
            .publish(index, r#"{"py/object": "pybit.models.CancelRequest"}"#)
            .await;
        scene.publish(index, &message_of(job, runner.name)).await;
    }
    scene.rbit_box.drain();

    for (index, (job, (runner, reason))) in jobs.iter().zip(&table).enumerate() {
        assert_eq!(scene.rbit_box.job(runner.name)["outcome"], *reason, "{}", runner.name);
        let last = if *reason == "done" { "Done" } else { "Failed" };
        assert_eq!(
            scene.pybit.history(job),
            ["Waiting", "Building", last],
            "{}",
            runner.name
        );
        assert_eq!(scene.waiting(index).await, 0);
        let parked = take_parked(&scene.admin, &scene.lanes[index].queue).await;
        assert_eq!(parked.headers["x-rbit-reason"], "undecodable");
        assert!(
            parked.headers["x-rbit-text"].contains("CancelRequest"),
            "{:?}",
            parked.headers
        );
    }
    scene.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_front_end_that_is_down_loses_no_job_and_hears_of_it_when_it_is_back() {
    let scene = Scene::set(&["4"], vec![Lane::unique(TestRunner::hello())]).await;
    scene.publish(0, CAPTURED).await;
    scene.pybit.down().await;
    scene.rbit_box.drain();
    assert_eq!(scene.rbit_box.job("m9003")["outcome"], "done");
    assert_eq!(scene.waiting(0).await, 0);

    scene.pybit.up().await.unwrap();
    let running = scene.rbit_box.start();
    scene.rbit_box.until_reported("4").await;
    running.stop();
    // What another process wrote down may have been told by it: so the front-end is asked first.
    let asked_and_told = ["GET /job/4/status", "PUT /job/4 status=Done"];
    assert_eq!(scene.pybit.dialogue(), asked_and_told);
    scene.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_that_leaves_stops_a_job_that_outlasts_the_grace_and_the_broker_hands_its_message_on() {
    let scene = Scene::set(
        &["4"],
        vec![Lane::unique(TestRunner::new("loops", Fixture::LoopsForever))],
    )
    .await;
    scene.publish(0, CAPTURED).await;
    let running = scene.rbit_box.start();
    scene.pybit.wait_for(|requests| requests.len() == 2).await.unwrap();
    running.signal(Signal::TERM);
    let output = running.wait();

    assert!(output.status.success(), "{}", stderr(&output));
    let job = scene.rbit_box.job("m9003");
    assert_eq!(
        (&job["state"], &job["outcome"]),
        (&"interrupted".into(), &"interrupted".into())
    );
    assert_eq!(scene.pybit.history("4"), ["Waiting", "Building"]);
    let message = scene.admin.peek(&scene.lanes[0].queue, 1).await.unwrap().remove(0);
    assert_eq!(message.body, CAPTURED.as_bytes());
    assert!(!message.headers.contains_key("x-rbit-attempt"), "a drain is no attempt");
    scene.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_job_waits_in_the_broker_and_is_done_at_its_second_attempt() {
    let scene = Scene::set(
        &["4"],
        vec![Lane::unique(TestRunner::new("late", Fixture::BlocksFirst))],
    )
    .await;
    scene
        .rbit_box
        .add(&format!("[queue:{}]\nretry-steps = 300ms\n", scene.lanes[0].queue));
    scene.publish(0, CAPTURED).await;
    scene.rbit_box.drain();
    let job = scene.rbit_box.job("m9003");
    assert_eq!((&job["outcome"], &job["attempt"]), (&"done".into(), &2.into()));
    assert_eq!(
        scene.pybit.history("4"),
        ["Waiting", "Building", "Blocked", "Building", "Done"]
    );
    scene.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_can_be_pushed_to_the_broker_and_a_missing_queue_is_named() {
    let scene = Scene::set(&[], vec![Lane::unique(TestRunner::hello())]).await;
    scene.rbit_box.push(scene.lanes[0].queue.as_str(), "m1");
    assert_eq!(scene.waiting(0).await, 1);

    let (missing, _) = unique_pybit_queue();
    let words = ["push", "rbit.ini", "--queue", missing.as_str(), "--package", "m1"];
    let output = scene.rbit_box.command(&words).output().unwrap();
    assert_eq!(output.status.code(), Some(69), "{}", stderr(&output));
    assert!(stderr(&output).contains(missing.as_str()), "{}", stderr(&output));
    scene.strike().await;
}

/// Takes the parked message that came from this queue. Another test may be looking through the parked messages at this moment, and
/// hide them from us: so we look again.
async fn take_parked(admin: &Admin, queue: &QueueName) -> Message {
    let parked = QueueName::new(PARKED).unwrap();
    let is_ours = |message: &Message| {
        message
            .headers
            .get("x-rbit-origin-queue")
            .is_some_and(|origin| origin == queue.as_str())
    };
    for _ in 0..LOOKS {
        if let Some(message) = admin.take(&parked, 10_000, is_ours).await.unwrap().pop() {
            return message;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing of `{queue}` is parked")
}

const LOOKS: u32 = 400;
