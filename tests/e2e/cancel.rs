//! Jobs that PyBit calls off, and the name by which it reaches a box.

use std::{fs, process::Stdio};

use rbit_amqp::{EXCHANGE, Message, Route};
use rbit_testkit::guests::Fixture;

use crate::{
    broker::message_of,
    rbit_box::{RbitBox, TestRunner},
    rbit_program::{Running, stderr},
    scene::{Lane, Scene},
};

/// A message of a running PyBit, byte by byte: it calls off job 25, which `build_client_bob` runs.
const CAPTURED: &str = include_str!("fixtures/10-cancelrequest.body");

const READY: &str = "PyBit can reach this box";

#[tokio::test(flavor = "multi_thread")]
async fn a_captured_cancel_request_stops_a_running_job_and_pybit_hears_of_it_once() {
    let scene = looping_scene(&["4"]).await;
    let running = start(&scene);
    scene.publish(0, &message_of(4, "m4")).await;
    scene.pybit.wait_for(|requests| requests.len() == 2).await.unwrap();
    cancel(&scene, 4).await;
    scene.rbit_box.until_reported("4").await;
    let output = running.stop();

    assert!(output.status.success());
    assert_eq!(scene.pybit.history("4"), ["Waiting", "Building", "Cancelled"]);
    assert_eq!(scene.rbit_box.job("m4")["outcome"], "cancelled");
    assert_eq!(scene.waiting(0).await, 0, "the message is acknowledged");
    scene.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_called_off_before_it_comes_is_never_started() {
    let scene = looping_scene(&["4", "5"]).await;
    let running = start(&scene);
    scene.publish(0, &message_of(5, "m5")).await;
    scene.pybit.wait_for(|requests| requests.len() == 2).await.unwrap();
    // Orders are carried out one after the other: when the second was, the first has been noted.
    cancel(&scene, 4).await;
    cancel(&scene, 5).await;
    scene.rbit_box.until_reported("5").await;
    scene.publish(0, &message_of(4, "m4")).await;
    scene.pybit.wait_for(|requests| requests.len() == 4).await.unwrap();
    scene.rbit_box.until_reported("4").await;
    running.stop();
    assert_eq!(scene.pybit.history("5"), ["Waiting", "Building", "Cancelled"]);
    assert_eq!(scene.pybit.history("4"), ["Waiting", "Cancelled"]);
    assert_eq!(scene.waiting(0).await, 0);
    scene.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_box_of_the_same_name_does_not_start() {
    let scene = looping_scene(&[]).await;
    let running = start(&scene);
    let second = RbitBox::new(&fs::read_to_string(scene.rbit_box.path("rbit.ini")).unwrap());
    let output = second
        .command(&["run", "rbit.ini"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    running.stop();

    assert_eq!(output.status.code(), Some(69), "{}", stderr(&output));
    for words in [
        "the name is taken",
        &scene.name.client(),
        "is another box of this name running?",
    ] {
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
    scene.strike().await;
}

async fn looping_scene(jobs: &[&str]) -> Scene {
    Scene::set(
        jobs,
        vec![Lane::unique(TestRunner::new("loops", Fixture::LoopsForever))],
    )
    .await
}

fn start(scene: &Scene) -> Running {
    Running::start_and_wait_for(&mut scene.rbit_box.command(&["run", "rbit.ini"]), READY)
}

/// Calls a job off as PyBit's front-end does.
async fn cancel(scene: &Scene, job: u32) {
    let body = CAPTURED
        .replace("\"id\": 25", &format!("\"id\": {job}"))
        .replace("build_client_bob", &scene.name.client());
    let route = Route::Exchange {
        exchange: EXCHANGE.into(),
        key: scene.name.client(),
    };
    scene.admin.publish(&route, &Message::persistent(body)).await.unwrap();
}
