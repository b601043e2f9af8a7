//! The real RabbitMQ and a front-end that answers as PyBit does.

use std::{fs, time::Duration};

use rbit_amqp::{Admin, AmqpSettings, Message, PARKED, Route};
use rbit_job::{BoxName, QueueName};
use rbit_testkit::{TestBroker, broker::unique_pybit_queue, fake_pybit::FakePybit, guests::Fixture};
use rustix::process::Signal;

use crate::{
    rbit_box::{RbitBox, TestRunner},
    rbit_program::stderr,
};

/// A message of a running PyBit, byte by byte. Its job has number 4 and its package is `m9003`, version 1.2.
const CAPTURED: &str = include_str!("fixtures/01-buildrequest-plain.body");

fn amqp_settings(broker: &TestBroker) -> AmqpSettings {
    AmqpSettings {
        nodes: vec![(broker.host.clone(), broker.port)],
        user: broker.user.clone(),
        password: broker.password.clone().into(),
        virtual_host: broker.virtual_host.clone(),
        heartbeat: Duration::from_secs(20),
        declare: true,
        box_name: BoxName::new("test").unwrap(),
    }
}

/// The sections of an INI file that say where broker and front-end are.
fn surroundings(broker: &TestBroker, pybit: &FakePybit) -> String {
    let TestBroker {
        host,
        port,
        user,
        password,
        virtual_host,
    } = broker;
    format!(
        "[amqp]\nhost = {host}\nport = {port}\nuser = {user}\npassword = {password}\nvirtual-host = {virtual_host}\n\n\
         [pybit]\nurl = {}\nuser = admin\npassword = pass\n\n",
        pybit.url()
    )
}

/// A box whose queues lead to these runners.
fn box_for(broker: &TestBroker, pybit: &FakePybit, lanes: &[(QueueName, TestRunner<'_>)]) -> RbitBox {
    let mappings: String = lanes
        .iter()
        .map(|(queue, runner)| format!("    {queue}:{}\n", runner.name))
        .collect();
    let sections: String = lanes.iter().map(|(_, runner)| runner.section()).collect();
    RbitBox::new(&format!(
        "[rbit]\nname = tim-taylor\ndrain-timeout = 300ms\nqueue-mappings =\n{mappings}\n{}{sections}",
        surroundings(broker, pybit)
    ))
}

/// The captured message as another job of another package.
fn message_of(job: u32, package: &str) -> String {
    CAPTURED
        .replace("\"id\": 4, \"buildclient\"", &format!("\"id\": {job}, \"buildclient\""))
        .replace("m9003", package)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_captured_message_published_as_pybit_does_is_run_delivered_and_reported() {
    let broker = TestBroker::find().unwrap();
    let pybit = FakePybit::start().await.unwrap().with_job("4", ["Waiting"]);
    let queue = QueueName::new("cnx_any_latex_pdf").unwrap();
    let hello = TestRunner::hello();
    let rbit_box = box_for(&broker, &pybit, &[(queue.clone(), hello)]);
    let admin = Admin::connect(&amqp_settings(&broker)).await.unwrap();
    admin.delete_queue(&queue).await.unwrap();
    make_queue(&admin, &queue, "cnx.any.latex.pdf").await;

    // The recording has delivery mode 2 and no other property.
    let route = Route::Exchange {
        exchange: "pybit".into(),
        key: "cnx.any.latex.pdf".into(),
    };
    admin.publish(&route, &Message::persistent(CAPTURED)).await.unwrap();
    let running = rbit_box.start();
    pybit.wait_for(|requests| requests.len() == 3).await.unwrap();
    let output = running.stop();

    assert!(output.status.success(), "{}", stderr(&output));
    let client = "build_client_tim-taylor";
    assert_eq!(
        pybit.dialogue(),
        [
            "GET /job/4/status".to_owned(),
            format!("PUT /job/4 status=Building&client={client}"),
            "PUT /job/4 status=Done".to_owned()
        ]
    );
    assert_eq!(pybit.history("4"), ["Waiting", "Building", "Done"]);
    assert!(
        fs::read_to_string(rbit_box.path("output/hello/m9003-1.2.txt"))
            .unwrap()
            .contains("World")
    );
    assert_eq!(admin.depth(&queue).await.unwrap().unwrap().messages, 0);
    admin.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bad_message_and_hostile_guest_ends_as_the_table_says_and_the_worker_goes_on() {
    let names = |name, settings| TestRunner::new(name, Fixture::Names).settings(settings);
    let runners = [
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
    let broker = TestBroker::find().unwrap();
    let mut pybit = FakePybit::start().await.unwrap();
    let admin = Admin::connect(&amqp_settings(&broker)).await.unwrap();
    let mut lanes = Vec::new();
    for (job, (runner, _)) in (100..).zip(runners.clone()) {
        let (queue, key) = unique_pybit_queue();
        pybit = pybit.with_job(&job.to_string(), ["Waiting"]);
        make_queue(&admin, &queue, &key).await;
        let route = Route::Exchange {
            exchange: "pybit".into(),
            key,
        };
        let refused = format!(r#"{{"py/object": "pybit.models.CancelRequest", "for": "{queue}"}}"#);
        admin.publish(&route, &Message::persistent(refused)).await.unwrap();
        admin
            .publish(&route, &Message::persistent(message_of(job, runner.name)))
            .await
            .unwrap();
        lanes.push((queue, runner));
    }
    let rbit_box = box_for(&broker, &pybit, &lanes);
    rbit_box.drain();

    for (job, (runner, reason)) in (100..).zip(&runners) {
        assert_eq!(rbit_box.job(runner.name)["outcome"], *reason, "{}", runner.name);
        let last = if *reason == "done" { "Done" } else { "Failed" };
        assert_eq!(
            pybit.history(&job.to_string()),
            ["Waiting", "Building", last],
            "{}",
            runner.name
        );
    }
    for (queue, _) in &lanes {
        assert_eq!(admin.depth(queue).await.unwrap().unwrap().messages, 0);
        let parked = take_parked(&admin, queue).await;
        assert_eq!(parked.headers["x-rbit-reason"], "undecodable");
        assert!(
            parked.headers["x-rbit-text"].contains("CancelRequest"),
            "{:?}",
            parked.headers
        );
        admin.delete_queue(queue).await.unwrap();
    }
    admin.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_front_end_that_is_down_loses_no_job_and_hears_of_it_when_it_is_back() {
    let broker = TestBroker::find().unwrap();
    let pybit = FakePybit::start().await.unwrap().with_job("4", ["Waiting"]);
    let (queue, key) = unique_pybit_queue();
    let hello = TestRunner::hello();
    let rbit_box = box_for(&broker, &pybit, &[(queue.clone(), hello)]);
    let admin = Admin::connect(&amqp_settings(&broker)).await.unwrap();
    make_queue(&admin, &queue, &key).await;
    admin
        .publish(&Route::Queue(queue.to_string()), &Message::persistent(CAPTURED))
        .await
        .unwrap();

    pybit.down().await;
    rbit_box.drain();
    assert_eq!(rbit_box.job("m9003")["outcome"], "done");
    assert_eq!(admin.depth(&queue).await.unwrap().unwrap().messages, 0);

    pybit.up().await.unwrap();
    let running = rbit_box.start();
    pybit
        .wait_for(|requests| {
            requests
                .iter()
                .any(|request| request.to_string() == "PUT /job/4 status=Done")
        })
        .await
        .unwrap();
    running.stop();
    assert_eq!(pybit.history("4"), ["Waiting", "Done"]);
    admin.delete_queue(&queue).await.unwrap();
    admin.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_that_leaves_stops_a_job_that_outlasts_the_grace_and_the_broker_hands_its_message_on() {
    let broker = TestBroker::find().unwrap();
    let pybit = FakePybit::start().await.unwrap().with_job("4", ["Waiting"]);
    let (queue, key) = unique_pybit_queue();
    let rbit_box = box_for(
        &broker,
        &pybit,
        &[(queue.clone(), TestRunner::new("loops", Fixture::LoopsForever))],
    );
    let admin = Admin::connect(&amqp_settings(&broker)).await.unwrap();
    make_queue(&admin, &queue, &key).await;
    admin
        .publish(&Route::Queue(queue.to_string()), &Message::persistent(CAPTURED))
        .await
        .unwrap();

    let running = rbit_box.start();
    pybit.wait_for(|requests| requests.len() == 2).await.unwrap();
    running.signal(Signal::TERM);
    let output = running.wait();

    assert!(output.status.success(), "{}", stderr(&output));
    let job = rbit_box.job("m9003");
    assert_eq!(
        (&job["state"], &job["outcome"]),
        (&"interrupted".into(), &"interrupted".into())
    );
    assert_eq!(pybit.history("4"), ["Waiting", "Building"]);
    let message = admin.peek(&queue, 1).await.unwrap().remove(0);
    assert_eq!(message.body, CAPTURED.as_bytes());
    assert!(!message.headers.contains_key("x-rbit-attempt"), "a drain is no attempt");
    admin.delete_queue(&queue).await.unwrap();
    admin.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_job_waits_in_the_broker_and_is_done_at_its_second_attempt() {
    let broker = TestBroker::find().unwrap();
    let pybit = FakePybit::start().await.unwrap().with_job("4", ["Waiting"]);
    let (queue, key) = unique_pybit_queue();
    let lanes = [(queue.clone(), TestRunner::new("late", Fixture::BlocksFirst))];
    let rbit_box = box_for(&broker, &pybit, &lanes);
    let ini = rbit_box.path("rbit.ini");
    let steps = format!("[queue:{queue}]\nretry-steps = 300ms\n");
    fs::write(&ini, fs::read_to_string(&ini).unwrap() + &steps).unwrap();
    let admin = Admin::connect(&amqp_settings(&broker)).await.unwrap();
    make_queue(&admin, &queue, &key).await;
    admin
        .publish(&Route::Queue(queue.to_string()), &Message::persistent(CAPTURED))
        .await
        .unwrap();

    rbit_box.drain();
    let job = rbit_box.job("m9003");
    assert_eq!((&job["outcome"], &job["attempt"]), (&"done".into(), &2.into()));
    assert_eq!(
        pybit.history("4"),
        ["Waiting", "Building", "Blocked", "Building", "Done"]
    );
    admin.delete_queue(&queue).await.unwrap();
    admin.close().await;
}

/// A durable queue bound to the exchange, as PyBit makes it.
async fn make_queue(admin: &Admin, queue: &QueueName, key: &str) {
    admin.declare_queue(queue, None).await.unwrap();
    admin.bind_to_pybit(queue, key).await.unwrap();
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
