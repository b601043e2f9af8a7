//! `rbit broker`: what the broker has, held against what the configuration needs.

use rbit_amqp::{Admin, QueueType};
use rbit_job::QueueName;
use rbit_testkit::{TestBroker, broker::unique_pybit_queue};
use serde_json::Value;

use crate::{
    rbit_box::{RbitBox, TestRunner},
    rbit_program::{stderr, stdout},
    scene::amqp_settings,
};

/// A box on the real broker with queues that no other test has, none of which is there yet.
struct Site {
    rbit_box: RbitBox,
    admin: Admin,
    queues: Vec<QueueName>,
}

impl Site {
    async fn new(count: usize) -> Self {
        let broker = TestBroker::find().unwrap();
        let queues: Vec<_> = (0..count).map(|_| unique_pybit_queue().0).collect();
        let mappings: String = queues.iter().map(|queue| format!("    {queue}:hello\n")).collect();
        let TestBroker {
            host,
            port,
            user,
            password,
            virtual_host,
        } = &broker;
        let rbit_box = RbitBox::new(&format!(
            "[rbit]\nname = {}\nqueue-mappings =\n{mappings}\n\
             [amqp]\nhost = {host}\nport = {port}\nuser = {user}\npassword = {password}\nvirtual-host = {virtual_host}\n\n{}",
            queues[0],
            TestRunner::hello().section()
        ));
        let admin = Admin::connect(&amqp_settings(&broker)).await.unwrap();
        Self {
            rbit_box,
            admin,
            queues,
        }
    }

    /// The report, and the exit status that came with it.
    fn check(&self, words: &[&str]) -> (Value, i32) {
        let words = [&["broker", "check", "rbit.ini", "--json"], words].concat();
        let output = self.rbit_box.command(&words).output().unwrap();
        let report = serde_json::from_str(&stdout(&output)).unwrap_or_else(|_| panic!("{}", stderr(&output)));
        (report, output.status.code().unwrap())
    }

    fn setup(&self) -> String {
        stdout(&self.rbit_box.call(&["broker", "setup", "rbit.ini", "--apply"]))
    }

    async fn clear(self) {
        for queue in &self.queues {
            for step in [10_000, 60_000, 300_000, 1_800_000, 7_200_000] {
                let retry = QueueName::new(format!("rbit.retry.{queue}.{step}")).unwrap();
                self.admin.delete_queue(&retry).await.unwrap();
            }
            self.admin.delete_queue(queue).await.unwrap();
        }
        self.admin.close().await;
    }
}

/// What is said of a thing.
fn problem<'a>(report: &'a Value, object: &str) -> &'a Value {
    let mut findings = report["findings"].as_array().unwrap().iter();
    let found = findings.find(|finding| finding["weight"] == "problem" && finding["object"] == object);
    found.unwrap_or_else(|| panic!("nothing about {object} in {report:#}"))
}

fn problems(report: &Value) -> usize {
    let findings = report["findings"].as_array().unwrap().iter();
    findings.filter(|finding| finding["weight"] == "problem").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_was_set_up_is_in_order() {
    let site = Site::new(2).await;
    let (before, code) = site.check(&[]);
    // On a broker that nobody has used the exchange is missing, too.
    let missing = site
        .queues
        .iter()
        .map(|queue| problem(&before, &format!("queue `{queue}`")));
    assert!(missing.into_iter().all(|finding| finding["found"] == "does not exist"));
    assert_eq!(code, 1, "{before:#}");
    let dry = stdout(&site.rbit_box.call(&["broker", "setup", "rbit.ini"]));
    assert!(dry.contains(&format!("would make queue `{}`", site.queues[0])), "{dry}");
    assert_eq!(site.check(&[]).1, 1, "nothing was made without --apply");

    let made = site.setup();
    for queue in &site.queues {
        assert!(made.contains(&format!("made queue `{queue}`\n")), "{made}");
        assert!(
            made.contains(&format!("made queue `rbit.retry.{queue}.10000`\n")),
            "{made}"
        );
        assert!(
            made.contains(&format!("made binding of `{queue}` to `pybit`")),
            "{made}"
        );
    }
    let (after, code) = site.check(&[]);
    assert_eq!((code, problems(&after)), (0, 0), "{after:#}");
    assert!(site.setup().contains("nothing is missing"));
    site.clear().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_planted_mistake_is_found_explained_and_has_its_remedy() {
    let site = Site::new(3).await;
    let [quorum, retried, missing] = &site.queues[..] else {
        unreachable!()
    };
    site.setup();
    // A queue of another type.
    site.admin.delete_queue(quorum).await.unwrap();
    site.admin.declare_queue(quorum, Some(QueueType::Quorum)).await.unwrap();
    // A retry queue that does not lead back: made like a queue of jobs.
    let retry = QueueName::new(format!("rbit.retry.{retried}.60000")).unwrap();
    site.admin.delete_queue(&retry).await.unwrap();
    site.admin.declare_queue(&retry, None).await.unwrap();
    // A queue that is not there.
    site.admin.delete_queue(missing).await.unwrap();
    // A queue for everybody under the box's name.
    let client = QueueName::new(format!("build_client_{quorum}")).unwrap();
    site.admin.declare_queue(&client, None).await.unwrap();

    // A job that may run longer than the broker waits.
    let (report, code) = site.check(&["--set", "sandbox:hello.timeout=40m", "--set", "amqp.declare=no"]);
    assert_eq!((code, &report["in_order"]), (1, &Value::Bool(false)));

    let of_queue = |queue: &QueueName| problem(&report, &format!("queue `{queue}`"));
    assert_eq!(of_queue(quorum)["found"], "`x-queue-type` is `quorum`");
    assert_eq!(of_queue(missing)["found"], "does not exist");
    assert!(of_queue(missing)["why"].as_str().unwrap().contains("`declare = no`"));
    assert_eq!(of_queue(&retry)["found"], "has no `x-message-ttl`");
    assert_eq!(
        problem(&report, &format!("command queue `{client}`"))["found"],
        "exists, and is not exclusive"
    );
    let patience = report.to_string();
    assert!(
        patience.contains("its jobs may take 2430s") && patience.contains("consumer-timeout"),
        "{patience}"
    );
    let remedy = of_queue(&retry)["remedy"].to_string();
    assert!(remedy.contains("rabbitmqctl delete_queue -p '"), "{remedy}");
    assert!(remedy.contains(&format!("'{retry}' --if-empty")), "{remedy}");

    // What the remedy says mends it.
    site.admin.delete_queue(&retry).await.unwrap();
    site.admin.delete_queue(&client).await.unwrap();
    site.setup();
    let (mended, _) = site.check(&[]);
    assert!(!mended.to_string().contains("has no `x-message-ttl`"), "{mended:#}");
    site.clear().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_a_running_box_is_taken_for_every_other_box() {
    let site = Site::new(1).await;
    site.setup();
    let running = site.rbit_box.start();
    let code = loop {
        let (report, code) = site.check(&[]);
        let mut queues = report["queues"].as_array().unwrap().iter();
        if queues.any(|queue| queue["kind"] == "command" && queue["state"] == "held") {
            break code;
        }
    };
    assert_eq!(code, 0, "the box that runs here has its own name");

    let (report, code) = site.check(&["--set", "rbit.state-dir=elsewhere"]);
    assert_eq!(code, 1);
    let finding = problem(&report, &format!("command queue `build_client_{}`", site.queues[0]));
    assert!(finding["why"].as_str().unwrap().contains("another box"), "{finding}");
    running.stop();
    site.clear().await;
}

#[test]
fn a_broker_that_cannot_be_reached_is_an_error_of_its_own() {
    let rbit_box = RbitBox::local(&[TestRunner::hello()]);
    let words = [
        "broker",
        "check",
        "rbit.ini",
        "--set",
        "rbit.source=amqp",
        "--set",
        "amqp.port=1",
    ];
    let output = rbit_box.command(&words).output().unwrap();
    assert_eq!(output.status.code(), Some(69), "{}", stderr(&output));
    let output = rbit_box.command(&["broker", "check", "rbit.ini"]).output().unwrap();
    assert_eq!(output.status.code(), Some(78), "{}", stderr(&output));
    assert!(stderr(&output).contains("has no broker"), "{}", stderr(&output));
}
