//! What a box says of its health, as `curl` sees it.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    time::{Duration, Instant},
};

use rbit_testkit::guests::Fixture;
use serde_json::Value;

use crate::{
    rbit_box::{RbitBox, TestRunner},
    scene::{Lane, Scene},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_box_is_ready_when_it_listens_to_its_queues_and_no_longer_when_it_leaves() {
    let scene = Scene::set(&[], vec![Lane::unique(TestRunner::new("gate", Fixture::Waits))]).await;
    let port = listening(&scene.rbit_box);
    let running = scene.rbit_box.start();
    let ready = until(port, |code, _| code == 200).await;
    let queue = scene.lanes[0].queue.as_str();
    assert_eq!(ready["queues"][queue]["well"], true, "{ready:#}");
    assert_eq!(ready["broker"]["well"], true, "{ready:#}");
    assert_eq!(ready["broker"]["last_error"], Value::Null, "{ready:#}");
    assert_eq!(ask(port, "/health/live").unwrap().0, 200);
    assert_eq!(ask(port, "/metrics").unwrap().0, 404);
    running.stop();
    assert!(ask(port, "/health/live").is_none(), "it answers although it has left");
    scene.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_repeating_will_not_mend_is_said_in_health_and_log() {
    let scene = Scene::set(&[], vec![Lane::unique(TestRunner::hello())]).await;
    let port = listening(&scene.rbit_box);
    scene.rbit_box.edit("virtual-host = ", "virtual-host = no-such-host-");
    let running = scene.rbit_box.start();
    let ready = until(port, |code, page| code == 503 && page["broker"]["lasting"] == true).await;
    let error = ready["broker"]["last_error"].as_str().unwrap();
    assert!(error.contains("no-such-host-"), "{ready:#}");
    assert_eq!(ask(port, "/health/live").unwrap().0, 200);
    running.wait_for("the broker does not let this box in");
    running.stop();
    scene.strike().await;
}

/// Has a box listen at a port that is free.
fn listening(rbit_box: &RbitBox) -> u16 {
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = free.local_addr().unwrap().port();
    rbit_box.add(&format!("[http]\nlisten = {port}\n"));
    port
}

async fn until(port: u16, wanted: impl Fn(u16, &Value) -> bool) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let page = ask(port, "/health/ready");
        match page {
            Some((code, page)) if wanted(code, &page) => return page,
            other => assert!(Instant::now() < deadline, "{other:?}"),
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// The code and the page; none if nobody answers.
fn ask(port: u16, path: &str) -> Option<(u16, Value)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: box\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let code = head.split(' ').nth(1)?.parse().ok()?;
    Some((code, serde_json::from_str(body).ok()?))
}

const LOOK_AGAIN: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(120);
