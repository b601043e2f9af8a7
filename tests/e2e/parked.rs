//! Messages that were put aside, and what a person can do with them.

use std::{
    fs,
    process::Output,
    time::{Duration, Instant},
};

use rbit_fail_point::{FailPoint, VARIABLE};
use rbit_testkit::guests::{Fixture, guest};
use serde_json::Value;

use crate::{
    broker::message_of,
    rbit_box::{RbitBox, TestRunner},
    rbit_program::{stderr, stdout},
    scene::{Lane, Scene},
};

/// No build request.
const BAD: &str = r#"{"py/object": "pybit.models.CancelRequest"}"#;

#[test]
fn a_parked_message_can_be_looked_at_and_deleted() {
    let hello = TestRunner::hello();
    let queue = hello.queue();
    let rbit_box = RbitBox::local(&[hello]);
    fs::write(rbit_box.path("bad.json"), BAD).unwrap();
    rbit_box.call(&["push", "rbit.ini", "--queue", &queue, "--message", "bad.json"]);
    assert_eq!(stdout(&rbit_box.call(&["parked", "rbit.ini"])), "nothing is parked\n");
    rbit_box.drain();

    let listed = list(&rbit_box, &queue);
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (&listed[0]["queue"], &listed[0]["reason"], &listed[0]["bytes"]),
        (&queue.as_str().into(), &"undecodable".into(), &BAD.len().into())
    );
    let table = stdout(&rbit_box.call(&["parked", "rbit.ini"]));
    assert!(table.contains("undecodable") && table.contains(&queue), "{table}");
    let id = id(&listed[0]);
    let text = stdout(&rbit_box.call(&["parked", "show", "rbit.ini", &id]));
    assert!(text.contains("undecodable") && text.contains("CancelRequest"), "{text}");
    assert_eq!(
        rbit_box.call(&["parked", "show", "rbit.ini", &id, "--body"]).stdout,
        BAD.as_bytes()
    );

    rbit_box.call(&["parked", "drop", "rbit.ini", &id]);
    assert_eq!(list(&rbit_box, &queue), [Value::Null; 0]);
}

#[test]
fn a_message_is_tried_again_as_a_new_job_once_its_runner_was_mended() {
    let broken = TestRunner::new("broken", Fixture::Fails).settings("name = World");
    let queue = broken.queue();
    let rbit_box = RbitBox::local(&[broken]);
    rbit_box.add(&format!("[queue:{queue}]\non-failed = park\n"));
    rbit_box.push(&queue, "m1");
    rbit_box.drain();
    assert_eq!(rbit_box.job("m1")["outcome"], "guest-failed");

    let said = stdout(&rbit_box.call(&["parked", "requeue", "rbit.ini", "--all", "--queue", &queue]));
    assert!(said.starts_with("requeued "), "{said}");
    let mended = format!("runner:broken.runner=wasm!{}", guest("rust-hello").display());
    rbit_box.call(&["run", "rbit.ini", "--drain", "--set", &mended]);
    let job = rbit_box.job("m1");
    assert_eq!((&job["outcome"], &job["attempt"]), (&"done".into(), &1.into()));
    assert_eq!(list(&rbit_box, &queue), [Value::Null; 0]);
}

#[test]
fn a_message_that_was_requeued_is_tried_again_although_the_first_box_that_had_it_was_lost_before_it_began() {
    let blocked = TestRunner::new("blocked", Fixture::BlocksFirst).settings("blocked-attempts = 2");
    let queue = blocked.queue();
    let rbit_box = RbitBox::local(&[blocked]);
    rbit_box.add(&format!("[queue:{queue}]\nretry-steps = 1ms\nmax-attempts = 2\n"));
    rbit_box.push(&queue, "m1");
    rbit_box.drain();
    rbit_box.call(&["parked", "requeue", "rbit.ini", "--all"]);
    let mut dying = rbit_box.command(&["run", "rbit.ini", "--drain"]);
    let died = dying.env(VARIABLE, FailPoint::Received.name()).output().unwrap();
    assert!(!died.status.success(), "{}", stderr(&died));

    let mended = ["--set", "runner:blocked.blocked-attempts=0"];
    let log = rbit_box.call(&[&["run", "rbit.ini", "--drain"], &mended[..]].concat());
    let job = rbit_box.job("m1");
    assert_eq!(job["outcome"], "done", "{}", stderr(&log));
    assert_eq!(list(&rbit_box, &queue), [Value::Null; 0]);
}

#[test]
fn an_id_that_is_not_there_is_named_and_the_others_are_left_alone() {
    let hello = TestRunner::hello();
    let queue = hello.queue();
    let rbit_box = RbitBox::local(&[hello]);
    fs::write(rbit_box.path("bad.json"), BAD).unwrap();
    rbit_box.call(&["push", "rbit.ini", "--queue", &queue, "--message", "bad.json"]);
    rbit_box.drain();
    let there = id(&list(&rbit_box, &queue)[0]);
    for words in [
        &["drop", "rbit.ini", &there, "777"][..],
        &["requeue", "rbit.ini", &there, "777"],
        &["show", "rbit.ini", "777"],
    ] {
        let output = rbit_box.command(&[&["parked"], words].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(
            stderr(&output).contains("no message `777` is parked"),
            "{}",
            stderr(&output)
        );
    }
    assert_eq!(list(&rbit_box, &queue).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_the_broker_keeps_can_be_looked_at_requeued_and_deleted() {
    let scene = Scene::set(&[], vec![Lane::unique(TestRunner::hello())]).await;
    let (rbit_box, queue) = (&scene.rbit_box, scene.lanes[0].queue.as_str());
    scene.publish(0, BAD).await;
    rbit_box.drain();

    let parked = until_some(|| list(rbit_box, queue).pop());
    assert_eq!(
        (&parked["reason"], &parked["attempt"]),
        (&"undecodable".into(), &1.into())
    );
    let id = id(&parked);
    let shown = until_done(rbit_box, &["parked", "show", "rbit.ini", &id, "--json"]);
    let shown: Value = serde_json::from_str(&stdout(&shown)).unwrap();
    assert_eq!((&shown["body"], &shown["queue"]), (&BAD.into(), &queue.into()));

    until_done(rbit_box, &["parked", "requeue", "rbit.ini", &id]);
    let message = scene.admin.peek(&scene.lanes[0].queue, 1).await.unwrap().remove(0);
    assert_eq!(message.body, BAD.as_bytes());
    assert!(message.persistent);
    let names: Vec<_> = message.headers.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["x-rbit-origin-exchange", "x-rbit-origin-key", "x-rbit-requeued"],
        "only where it was published, and that a person wants it"
    );

    rbit_box.drain();
    let again = until_some(|| list(rbit_box, queue).pop());
    assert_ne!(again["id"], parked["id"], "it was parked anew, and the first is gone");
    until_some(|| {
        let dropped = rbit_box.call(&["parked", "drop", "rbit.ini", "--all", "--queue", queue]);
        (stdout(&dropped).lines().count() == 1).then_some(())
    });
    assert_eq!(scene.waiting(0).await, 0);
    scene.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_requeued_job_is_run_although_the_front_end_has_it_as_failed() {
    let broken = TestRunner::new("broken", Fixture::Fails).settings("name = World");
    let scene = Scene::set(&["4"], vec![Lane::unique(broken)]).await;
    let (rbit_box, queue) = (&scene.rbit_box, scene.lanes[0].queue.as_str());
    rbit_box.add(&format!("[queue:{queue}]\non-failed = park\n"));
    scene.publish(0, &message_of(4, "m4")).await;
    rbit_box.drain();
    assert_eq!(scene.pybit.history("4"), ["Waiting", "Building", "Failed"]);

    let id = id(&until_some(|| list(rbit_box, queue).pop()));
    until_done(rbit_box, &["parked", "requeue", "rbit.ini", &id]);
    let mended = format!("runner:broken.runner=wasm!{}", guest("rust-hello").display());
    rbit_box.call(&["run", "rbit.ini", "--drain", "--set", &mended]);
    assert_eq!(rbit_box.job("m4")["outcome"], "done");
    let history = ["Waiting", "Building", "Failed", "Building", "Done"];
    assert_eq!(scene.pybit.history("4"), history);
    scene.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_queue_is_gone_stays_parked() {
    let scene = Scene::set(&[], vec![Lane::unique(TestRunner::hello())]).await;
    let (rbit_box, queue) = (&scene.rbit_box, scene.lanes[0].queue.as_str());
    scene.publish(0, BAD).await;
    rbit_box.drain();
    scene.admin.delete_queue(&scene.lanes[0].queue).await.unwrap();
    let id = id(&until_some(|| list(rbit_box, queue).pop()));
    let refused = until_some(|| {
        let output = rbit_box
            .command(&["parked", "requeue", "rbit.ini", &id])
            .output()
            .unwrap();
        // Somebody else was looking at the parked messages, and hid ours.
        (!stderr(&output).contains("no message")).then_some(output)
    });
    assert_eq!(refused.status.code(), Some(69), "{}", stderr(&refused));
    assert!(
        stderr(&refused).contains(&format!("cannot put message {id} back")),
        "{}",
        stderr(&refused)
    );
    until_done(rbit_box, &["parked", "drop", "rbit.ini", &id]);
    scene.strike().await;
}

/// The parked messages that came from this queue.
fn list(rbit_box: &RbitBox, queue: &str) -> Vec<Value> {
    let words = ["parked", "rbit.ini", "--json", "--queue", queue];
    let text = stdout(&rbit_box.call(&words));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn id(message: &Value) -> String {
    message["id"].as_str().unwrap().to_owned()
}

/// Runs a command until it succeeds: another test may be looking through the broker's parked messages, and hide ours.
fn until_done(rbit_box: &RbitBox, words: &[&str]) -> Output {
    until_some(|| {
        let output = rbit_box.command(words).output().unwrap();
        output.status.success().then_some(output)
    })
}

fn until_some<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "what was waited for did not happen");
    }
}

/// Generous: it only ends tests that have already failed.
const PATIENCE: Duration = Duration::from_secs(60);
