//! Where the jobs of a trial wait.

use std::{fs, net::SocketAddr, time::Duration};

use rbit_amqp::{Admin, EXCHANGE, Message, PARKED, QueueType, Route};
use rbit_job::QueueName;
use rbit_store::Store;
use rbit_testkit::{TestBroker, broker::unique_pybit_queue};

use super::jobs::{self, Job, Lane};
use crate::{rbit_box::RbitBox, scene::amqp_settings};

/// The kinds of queues that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queues {
    /// Those in the box's own state folder.
    Local,
    /// What PyBit declares.
    Classic,
    /// Replicated ones, whose retry queues are replicated too.
    Quorum,
}

/// The queues of one trial, which no other has.
pub(crate) struct Brokered {
    kind: Queues,
    lanes: &'static [Lane],
    /// One for each lane, with its routing key.
    names: Vec<(QueueName, String)>,
    /// None for local queues.
    broker: Option<TestBroker>,
}

impl Brokered {
    pub(super) async fn make(kind: Queues, lanes: &'static [Lane], broker: Option<TestBroker>) -> Self {
        let names = lanes.iter().map(|_| unique_pybit_queue()).collect();
        let made = Self {
            kind,
            lanes,
            names,
            broker,
        };
        let queue_type = (kind == Queues::Quorum).then_some(QueueType::Quorum);
        if let Some(admin) = made.admin().await {
            for (queue, key) in &made.names {
                admin.declare_queue(queue, queue_type).await.unwrap();
                admin.bind_to_pybit(queue, key).await.unwrap();
            }
            admin.close().await;
        }
        made
    }

    /// A connection for a moment: what a test does to the broker may break a lasting one. None for local queues.
    async fn admin(&self) -> Option<Admin> {
        let settings = amqp_settings(self.broker.as_ref()?);
        Some(Admin::connect(&settings).await.unwrap())
    }

    pub(super) fn kind(&self) -> Queues {
        self.kind
    }

    pub(super) fn name(&self, lane: &Lane) -> &str {
        let index = self.lanes.iter().position(|other| other.runner == lane.runner);
        self.names[index.unwrap()].0.as_str()
    }

    /// The section of an INI file that says how they are reached.
    pub(super) fn section(&self, through: Option<SocketAddr>) -> String {
        let Some(broker) = &self.broker else {
            return String::new();
        };
        let TestBroker {
            user,
            password,
            virtual_host,
            ..
        } = broker;
        let (host, port) = through.map_or_else(
            || (broker.host.clone(), broker.port),
            |address| (address.ip().to_string(), address.port()),
        );
        format!(
            "[amqp]\nhost = {host}\nport = {port}\nuser = {user}\npassword = {password}\n\
             virtual-host = {virtual_host}\nheartbeat = 5s\n"
        )
    }

    /// Publishes all messages of a trial.
    pub(super) async fn publish(&self, rbit_box: &RbitBox, jobs: &[&Job]) {
        self.publish_nonsense(rbit_box).await;
        for job in jobs {
            self.publish_one(rbit_box, job.lane, &job.message()).await;
        }
    }

    /// Publishes the message that is no request once more.
    pub(crate) async fn publish_nonsense(&self, rbit_box: &RbitBox) {
        self.publish_one(rbit_box, 0, jobs::UNDECODABLE).await;
    }

    async fn publish_one(&self, rbit_box: &RbitBox, lane: usize, body: &str) {
        let (queue, key) = &self.names[lane];
        let Some(admin) = self.admin().await else {
            fs::write(rbit_box.path("message"), body).unwrap();
            let words = ["push", "rbit.ini", "--message", "message", "--queue", queue.as_str()];
            rbit_box.call(&words);
            return;
        };
        let route = Route::Exchange {
            exchange: EXCHANGE.into(),
            key: key.clone(),
        };
        admin.publish(&route, &Message::persistent(body)).await.unwrap();
        admin.close().await;
    }

    /// Waits until the broker has taken back what a dead box held: until then the queues may look empty.
    pub(crate) async fn are_released(&self) {
        self.have_consumers(0).await;
    }

    /// Waits until each queue has so many consumers.
    pub(crate) async fn have_consumers(&self, count: u32) {
        let Some(admin) = self.admin().await else { return };
        for (queue, _) in &self.names {
            let mut looks = 0;
            while admin.depth(queue).await.unwrap().map(|depth| depth.consumers) != Some(count) {
                assert!(looks < LOOKS, "`{queue}` never had {count} consumers");
                looks += 1;
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        }
        admin.close().await;
    }

    /// Waits until no message waits, as one does for a while that came back beside its own copy. Local queues have none of that kind.
    pub(super) async fn are_empty(&self) {
        let Some(admin) = self.admin().await else { return };
        let mut looks = 0;
        while self.waiting(&admin).await > 0 {
            assert!(looks < LOOKS, "messages wait and are not taken");
            looks += 1;
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        admin.close().await;
    }

    /// How many messages wait in the queues, and in those where retries wait.
    pub(super) async fn left(&self, rbit_box: &RbitBox) -> u64 {
        let Some(admin) = self.admin().await else {
            return self.left_locally(rbit_box);
        };
        let left = self.waiting(&admin).await;
        admin.close().await;
        left
    }

    async fn waiting(&self, admin: &Admin) -> u64 {
        let mut waiting = 0;
        for (queue, _) in &self.names {
            for queue in [queue, &retry_queue(queue)] {
                let depth = admin.depth(queue).await.unwrap();
                waiting += depth.map_or(0, |depth| u64::from(depth.messages));
            }
        }
        waiting
    }

    /// A box that leaves when the queues are empty leaves at once.
    fn left_locally(&self, rbit_box: &RbitBox) -> u64 {
        let before = rbit_box.jobs();
        rbit_box.call(&["run", "rbit.ini", "--drain"]);
        u64::from(rbit_box.jobs() != before)
    }

    /// How often the message that is no request is put aside.
    pub(super) async fn parked(&self, rbit_box: &RbitBox) -> usize {
        let Some(admin) = self.admin().await else {
            let store = Store::open(&rbit_box.path("state")).unwrap();
            return store.parked(100).await.unwrap().len();
        };
        let parked = QueueName::new(PARKED).unwrap();
        let is_ours = |message: &Message| {
            let origin = message.headers.get("x-rbit-origin-queue");
            self.names
                .iter()
                .any(|(queue, _)| origin.is_some_and(|origin| origin == queue.as_str()))
        };
        let mut taken = Vec::new();
        // Another test may be looking through the parked messages at this moment, and hide ours from us: so we look again.
        for _ in 0..LOOKS {
            let found = admin.take(&parked, MANY, is_ours).await.unwrap();
            if found.is_empty() && !taken.is_empty() {
                break;
            }
            taken.extend(found);
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        assert!(taken.iter().all(|message| message.body == jobs::UNDECODABLE.as_bytes()));
        admin.close().await;
        taken.len()
    }

    pub(super) async fn remove(self) {
        let Some(admin) = self.admin().await else { return };
        for (queue, _) in &self.names {
            admin.delete_queue(queue).await.unwrap();
            admin.delete_queue(&retry_queue(queue)).await.unwrap();
        }
        admin.close().await;
    }
}

fn retry_queue(queue: &QueueName) -> QueueName {
    QueueName::new(format!("rbit.retry.{queue}.200")).unwrap()
}

const LOOK_AGAIN: Duration = Duration::from_millis(50);
const LOOKS: u32 = 600;
const MANY: usize = 10_000;
