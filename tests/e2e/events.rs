//! Statuses as events on a topic exchange.

use std::time::Duration;

use rbit_amqp::Message;
use rbit_fail_point::{FailPoint, VARIABLE};
use rbit_testkit::{broker::unique_queue, guests::Fixture};
use serde_json::{Value, json};

use crate::{
    broker::CAPTURED,
    rbit_box::TestRunner,
    scene::{Lane, Scene},
};

/// The example of the documentation, with what differs from run to run left out.
const DOCUMENT: &str = include_str!("../../docs/events.md");

/// A scene whose box tells events to an exchange that leads them into a queue.
struct Stage {
    scene: Scene,
    exchange: String,
    ear: rbit_job::QueueName,
}

impl Stage {
    async fn set(lane: Lane, patterns: &[&str]) -> Self {
        let scene = Scene::set(&["4"], vec![lane]).await;
        let (exchange, ear) = (unique_queue().to_string(), unique_queue());
        scene
            .admin
            .make_exchange(&exchange, rbit_amqp::ExchangeType::Topic)
            .await
            .unwrap();
        scene.admin.declare_queue(&ear, None).await.unwrap();
        for pattern in patterns {
            scene.admin.bind(&ear, &exchange, pattern).await.unwrap();
        }
        Self { scene, exchange, ear }
    }

    /// What was heard, once it is so much.
    async fn heard(&self, count: usize) -> Vec<(Message, Value)> {
        for _ in 0..LOOKS {
            let messages = self.scene.admin.peek(&self.ear, 100).await.unwrap();
            if messages.len() >= count {
                let json = |message: Message| {
                    let value = serde_json::from_slice(&message.body).unwrap();
                    (message, value)
                };
                return messages.into_iter().map(json).collect();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("fewer than {count} events came")
    }

    async fn strike(self) {
        self.scene.admin.delete_queue(&self.ear).await.unwrap();
        self.scene.admin.delete_exchange(&self.exchange).await.unwrap();
        self.scene.strike().await;
    }
}

fn statuses(heard: &[(Message, Value)]) -> Vec<&str> {
    heard
        .iter()
        .map(|(_, event)| event["data"]["status"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_status_of_a_job_is_told_in_order_as_the_documentation_shows() {
    let stage = Stage::set(Lane::unique(TestRunner::hello()), &["#"]).await;
    stage.scene.publish(0, CAPTURED).await;
    stage.scene.rbit_box.call(&[
        "run",
        "rbit.ini",
        "--drain",
        "--set",
        &format!("amqp.events={}", stage.exchange),
    ]);
    let heard = stage.heard(2).await;
    assert_eq!(statuses(&heard), ["Building", "Done"]);
    let (message, event) = &heard[1];
    assert_eq!(message.content_type.as_deref(), Some("application/cloudevents+json"));
    assert_eq!(message.message_id.as_deref(), event["id"].as_str());
    assert!(message.persistent);

    let shown = DOCUMENT.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let mut shown: Value = serde_json::from_str(shown).unwrap();
    let lane = &stage.scene.lanes[0];
    let name = stage.scene.name.as_str();
    shown["id"] = event["id"].clone();
    shown["time"] = event["time"].clone();
    shown["source"] = json!(format!("/rbit/{name}"));
    shown["data"]["box"] = json!(name);
    shown["data"]["queue"] = json!(lane.queue.as_str());
    let path = stage.scene.rbit_box.path("output/hello/m9003-1.2.txt");
    shown["data"]["artifacts"][0]["path"] = json!(std::fs::canonicalize(path).unwrap());
    assert_eq!(*event, shown, "docs/events.md shows another event than this");
    stage.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn listeners_choose_by_status_and_a_retry_is_told_as_blocked() {
    let lane = Lane::unique(TestRunner::new("late", Fixture::BlocksFirst));
    let key = format!("blocked.{}", lane.queue);
    let stage = Stage::set(lane, &[&key, "done.#"]).await;
    let retry = format!("[queue:{}]\nretry-steps = 300ms\n", stage.scene.lanes[0].queue);
    stage.scene.rbit_box.add(&retry);
    stage.scene.publish(0, CAPTURED).await;
    stage.scene.rbit_box.call(&[
        "run",
        "rbit.ini",
        "--drain",
        "--set",
        &format!("amqp.events={}", stage.exchange),
    ]);
    let heard = stage.heard(2).await;
    assert_eq!(statuses(&heard), ["Blocked", "Done"]);
    let data = |index: usize| &heard[index].1["data"];
    assert_eq!(
        (&data(0)["reason"], &data(0)["attempt"]),
        (&json!("guest-blocked"), &json!(1))
    );
    assert_eq!((&data(1)["reason"], &data(1)["attempt"]), (&json!("done"), &json!(2)));
    stage.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_could_not_be_told_are_told_by_the_next_process() {
    let stage = Stage::set(Lane::unique(TestRunner::hello()), &["#"]).await;
    stage.scene.publish(0, CAPTURED).await;
    // Nobody may make the exchange that is named here, and it is not there.
    let absent = format!("{}.absent", stage.exchange);
    let output = stage.scene.rbit_box.call(&[
        "run",
        "rbit.ini",
        "--drain",
        "--set",
        &format!("amqp.events={absent}"),
        "--set",
        "amqp.declare=no",
    ]);
    let log = crate::rbit_program::stderr(&output);
    assert!(log.contains("event not told yet"), "{log}");
    assert_eq!(stage.scene.rbit_box.job("m9003")["outcome"], "done");

    stage.scene.rbit_box.call(&[
        "run",
        "rbit.ini",
        "--drain",
        "--set",
        &format!("amqp.events={}", stage.exchange),
    ]);
    assert_eq!(statuses(&stage.heard(2).await), ["Building", "Done"]);
    stage.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_may_die_when_an_event_was_told_and_tells_it_again_under_the_same_id() {
    for (point, told_twice) in [(FailPoint::EventTold, 1), (FailPoint::EventStruckOut, 0)] {
        let stage = Stage::set(Lane::unique(TestRunner::hello()), &["#"]).await;
        stage.scene.publish(0, CAPTURED).await;
        let exchange = format!("amqp.events={}", stage.exchange);
        let words = ["run", "rbit.ini", "--drain", "--set", &exchange];
        let died = stage
            .scene
            .rbit_box
            .command(&words)
            .env(VARIABLE, point.name())
            .output();
        assert_eq!(died.unwrap().status.code(), None, "it left by itself");
        stage.scene.rbit_box.call(&words);
        let heard = stage.heard(2 + told_twice).await;
        let mut ids: Vec<_> = heard.iter().map(|(_, event)| event["id"].as_str().unwrap()).collect();
        let told = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(told - ids.len(), told_twice, "{point:?}: {:?}", statuses(&heard));
        let done = statuses(&heard).into_iter().filter(|status| *status == "Done").count();
        assert_eq!((done, statuses(&heard).last()), (1, Some(&"Done")), "{point:?}");
        stage.strike().await;
    }
}

const LOOKS: u32 = 400;
