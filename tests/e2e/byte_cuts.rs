//! A connection to the broker that breaks after each number of bytes, and so in each state of the protocol.
//!
//! The worker runs in the test's own process, with the real journal and the real broker but without guests: so there can be a few
//! hundred of them.

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use rbit_amqp::{Admin, AmqpSource, EXCHANGE, Message, QueueSettings, Route};
use rbit_job::{
    Ending, JobState, Limits, Plan, Processor, QueueName, QueuePolicy, Runner, RunnerName, Standing, Status, Usage,
    port::{Execution, Executor, Folders, GuestLog, Journal as _, StopSignal, Subscription},
    template::PathTemplate,
};
use rbit_store::Store;
use rbit_testkit::{
    Proxy, RecordingReporter, TestBroker,
    broker::unique_pybit_queue,
    proxy::{CutAfter, Direction},
};
use rbit_worker::{Lane, Parts, ScratchRoot, Shutdown, SystemClock, Until, Worker};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{broker::message_of, scene::amqp_settings};

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_after_any_number_of_bytes_loses_and_doubles_nothing() {
    let broker = TestBroker::find().unwrap();
    let admin = Arc::new(Admin::connect(&amqp_settings(&broker)).await.unwrap());
    let (mut cases, places) = (JoinSet::new(), Arc::new(Semaphore::new(AT_ONCE)));
    for cut in cuts() {
        let (broker, admin, places) = (broker.clone(), Arc::clone(&admin), Arc::clone(&places));
        cases.spawn(async move {
            let _place = places.acquire_owned().await.unwrap();
            (cut, Case::set(broker, admin).await.run(cut).await)
        });
    }
    let whole = CutAfter {
        connection: 1,
        direction: Direction::ToTarget,
        bytes: u64::MAX,
    };
    let was_cut = Case::set(broker, admin).await.run(whole).await;
    assert!(!was_cut, "more connections than the two that the counts rely on");
    let mut sums: HashMap<_, (u32, u32)> = HashMap::new();
    while let Some(case) = cases.join_next().await {
        let (cut, was_cut) = case.unwrap();
        let sum = sums
            .entry((cut.connection, format!("{:?}", cut.direction)))
            .or_default();
        *sum = (sum.0 + 1, sum.1 + u32::from(was_cut));
    }
    for (which, (all, were_cut)) in sums {
        eprintln!("connection {which:?}: {all} lengths, {were_cut} within what is sent");
        // A connection that sends less than it is cut after is not cut: then the sweep would show nothing.
        assert!(were_cut * 2 > all, "{which:?}: {were_cut} of {all} were cut");
    }
}

/// The first connection consumes, the second publishes the copy of a job that is tried again.
fn cuts() -> impl Iterator<Item = CutAfter> {
    let ranges = [
        (1, Direction::FromTarget, 4096),
        (1, Direction::ToTarget, 1024),
        (2, Direction::FromTarget, 768),
        (2, Direction::ToTarget, 2048),
    ];
    ranges.into_iter().flat_map(|(connection, direction, end)| {
        (0..end).step_by(STEP).map(move |bytes| CutAfter {
            connection,
            direction,
            bytes,
        })
    })
}

/// A queue with two jobs, one of them blocked at first.
struct Case {
    broker: TestBroker,
    admin: Arc<Admin>,
    queue: QueueName,
}

impl Case {
    async fn set(broker: TestBroker, admin: Arc<Admin>) -> Self {
        let (queue, key) = unique_pybit_queue();
        admin.declare_queue(&queue, None).await.unwrap();
        admin.bind_to_pybit(&queue, &key).await.unwrap();
        for (job, package) in [(1, "at-once"), (2, "late")] {
            let route = Route::Exchange {
                exchange: EXCHANGE.into(),
                key: key.clone(),
            };
            let message = Message::persistent(message_of(job, package));
            admin.publish(&route, &message).await.unwrap();
        }
        Self { broker, admin, queue }
    }

    /// Runs a worker through the broken connection, checks what is left, and says whether the connection was broken at all.
    async fn run(self, cut: CutAfter) -> bool {
        let proxy = Proxy::to((self.broker.host.as_str(), self.broker.port)).await.unwrap();
        let proxy = proxy.cutting(cut);
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let journal = Arc::new(store.begin(jiff::Timestamp::now()).await.unwrap());
        let reporter = Arc::new(RecordingReporter::new(Standing::Known(Status::Waiting)));
        let parts = Parts::new(
            HashMap::from([(self.queue.clone(), lane())]),
            Arc::new(BlocksFirst),
            journal.clone(),
            reporter.clone(),
            Arc::new(SystemClock),
            ScratchRoot::open(folder.path()).unwrap(),
        );
        let source = AmqpSource::open(self.settings(&proxy), vec![self.queue_settings()]).unwrap();
        let worker = Worker::new(parts, 2, Duration::from_secs(30), Shutdown::new());
        worker.run(Box::new(source), Until::QueuesAreEmpty).await.unwrap();

        let jobs = journal.jobs(10).await.unwrap();
        assert_eq!(jobs.len(), 2, "{cut:?}: {jobs:#?}");
        assert!(
            jobs.iter()
                .all(|job| job.state == JobState::Finished && job.status == Some(Status::Done)),
            "{cut:?}: {jobs:#?}"
        );
        let told = reporter.taken_now();
        assert_eq!(
            told.iter().filter(|(_, status)| *status == Status::Done).count(),
            2,
            "{cut:?}: {told:?}"
        );
        self.check_queues(cut).await;
        proxy.accepted() > CONNECTIONS
    }

    fn settings(&self, proxy: &Proxy) -> rbit_amqp::AmqpSettings {
        rbit_amqp::AmqpSettings {
            nodes: vec![(proxy.address().ip().to_string(), proxy.address().port())],
            ..amqp_settings(&self.broker)
        }
    }

    fn queue_settings(&self) -> QueueSettings {
        QueueSettings {
            subscription: Subscription {
                queue: self.queue.clone(),
                prefetch: 2,
            },
            queue_type: None,
            retry_steps: vec![RETRY],
        }
    }

    async fn check_queues(&self, cut: CutAfter) {
        let retry = QueueName::new(format!("rbit.retry.{}.{}", self.queue, RETRY.as_millis())).unwrap();
        for queue in [&self.queue, &retry] {
            let depth = self.admin.depth(queue).await.unwrap();
            assert_eq!(depth.map_or(0, |depth| depth.messages), 0, "{cut:?}: {queue}");
            self.admin.delete_queue(queue).await.unwrap();
        }
    }
}

fn lane() -> Lane {
    let runner = Runner {
        name: RunnerName::new("r").unwrap(),
        processor: Processor::Wasm {
            file: "/r.wasm".into(),
            sha256: None,
        },
        output_dir: PathTemplate::new("/nowhere".to_owned()),
        settings: vec![],
        secrets: vec![],
        mounts: vec![],
        limits: Limits::default(),
        http: None,
        chance: Default::default(),
    };
    let policy = QueuePolicy {
        retry_steps: vec![RETRY],
        ..QueuePolicy::default()
    };
    Lane { runner, policy }
}

/// Blocks the job `late` at its first attempt; everything else is done.
struct BlocksFirst;

#[async_trait]
impl Executor for BlocksFirst {
    async fn execute(&self, plan: &Plan, _: &Folders, _: Arc<dyn GuestLog>, _: StopSignal) -> Execution {
        let is_blocked = plan.request.package == "late" && plan.request.attempt == 1;
        Execution {
            result: if is_blocked {
                Err(Ending::Blocked("not yet".into()))
            } else {
                Ok(vec![])
            },
            usage: Usage::default(),
        }
    }
}

const RETRY: Duration = Duration::from_millis(100);
/// One to consume, one to publish.
const CONNECTIONS: u32 = 2;
const STEP: usize = 64;
const AT_ONCE: usize = 8;
