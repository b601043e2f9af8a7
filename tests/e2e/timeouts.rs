//! Jobs that outlast the patience of the broker, on a node that has little of it.

use std::{fs, time::Duration};

use rbit_testkit::{PrivateBroker, guests::Fixture};

use crate::{
    broker::message_of,
    rbit_box::{RbitBox, TestRunner},
    rbit_program::{Running, stderr},
    scene::{Lane, Scene},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_message_the_broker_takes_back_goes_on_and_is_done_once() {
    let node = PrivateBroker::with_ack_timeout(Duration::from_secs(2)).unwrap();
    let scene = Scene::at(&node.broker(), &["4"], vec![Lane::unique(TestRunner::hello())]).await;
    scene.publish(0, &message_of(4, "m4")).await;
    // The job waits for the answer of the front-end until its message has come again.
    let gate = scene.pybit.hold();
    let running = start_and_wait_for(&scene.rbit_box, "message came back while its job runs: adopted");
    drop(gate);
    scene.pybit.wait_for(|requests| requests.len() == 3).await.unwrap();
    scene.rbit_box.until_reported("4").await;
    let output = running.stop();

    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(scene.pybit.history("4"), ["Waiting", "Building", "Done"]);
    assert_eq!(scene.rbit_box.jobs().len(), 1);
    assert_eq!(scene.rbit_box.job("m4")["attempt"], 1);
    assert_eq!(scene.waiting(0).await, 0);
    scene.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_35_seconds_is_done_once_on_one_box_although_the_broker_waits_for_10_and_another_box_competes() {
    let node = PrivateBroker::with_ack_timeout(Duration::from_secs(10)).unwrap();
    let runner = TestRunner::new("waits", Fixture::Waits).settings("milliseconds = 35000");
    let scene = Scene::at(&node.broker(), &["4"], vec![Lane::unique(runner)]).await;
    scene.rbit_box.edit("[amqp]\n", "[amqp]\nack-timeout = 10s\n");
    let ini = fs::read_to_string(scene.rbit_box.path("rbit.ini")).unwrap();
    let other = RbitBox::new(&ini.replace(scene.name.as_str(), "other"));

    scene.publish(0, &message_of(4, "m4")).await;
    let running = start_and_wait_for(&scene.rbit_box, "its message is held in a queue of its own");
    let competing = start_and_wait_for(&other, "listening to queue");
    scene.rbit_box.until_reported("4").await;
    let (output, other_output) = (running.stop(), competing.stop());
    eprintln!("{}\nthe other box:\n{}", stderr(&output), stderr(&other_output));

    assert_eq!(scene.pybit.history("4"), ["Waiting", "Building", "Done"]);
    let job = scene.rbit_box.job("m4");
    assert_eq!((&job["outcome"], &job["attempt"]), (&"done".into(), &1.into()));
    assert!(
        other.jobs().is_empty(),
        "the other box got the message: {:?}",
        other.jobs()
    );
    assert_eq!(scene.waiting(0).await, 0);
    scene.strike().await;
}

fn start_and_wait_for(rbit_box: &RbitBox, words: &str) -> Running {
    Running::start_and_wait_for(&mut rbit_box.command(&["run", "rbit.ini"]), words)
}
