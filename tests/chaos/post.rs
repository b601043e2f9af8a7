//! The broker: queues of this run, what goes in, and what is left in them.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use rbit_amqp::{Admin, AmqpSettings, EXCHANGE, Message, PARKED, Route};
use rbit_job::{BoxName, QueueName};
use rbit_testkit::{broker::unique_pybit_queue, fake_pybit::FakePybit};

use super::{
    broker::Broker,
    jobs::{self, Jobs, Kind},
};

/// The queues of one run, one for each kind of job.
///
/// Its connections are as likely to be broken as those of the boxes, so each is used for one thing.
pub(super) struct Post {
    settings: AmqpSettings,
    lanes: Vec<(Kind, QueueName, String)>,
    sent_again: Mutex<BTreeSet<u32>>,
    pause: Duration,
}

impl Post {
    pub(super) async fn open(broker: &Broker) -> anyhow::Result<Self> {
        let settings = settings(broker)?;
        let admin = Admin::connect(&settings).await?;
        let mut lanes = Vec::new();
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Nonsense) {
            let (queue, key) = unique_pybit_queue();
            admin.declare_queue(&queue, Some(broker.queue_type())).await?;
            admin.bind_to_pybit(&queue, &key).await?;
            lanes.push((kind, queue, key));
        }
        admin.close().await;
        Ok(Self {
            settings,
            lanes,
            sent_again: Mutex::default(),
            pause: broker.pause(),
        })
    }

    /// Each kind of job with its queue.
    pub(super) fn lanes(&self) -> impl Iterator<Item = (Kind, &QueueName)> {
        self.lanes.iter().map(|(kind, queue, _)| (*kind, queue))
    }

    /// Publishes all messages, each until the broker has it. Several connections, for each waits for its confirmations. What is done
    /// to the broker is to hit this, too: so it does not get far ahead of the boxes.
    pub(super) async fn publish(&self, jobs: &Jobs, pybit: &FakePybit) -> anyhow::Result<()> {
        let ways = (0..PUBLISHERS).map(|turn| self.publish_each(jobs, turn, pybit));
        futures_util::future::try_join_all(ways).await.map(drop)
    }

    /// The messages that were sent again because the broker did not confirm them, although it may have had them.
    pub(super) fn sent_again(&self) -> BTreeSet<u32> {
        self.noted().clone()
    }

    fn noted(&self) -> MutexGuard<'_, BTreeSet<u32>> {
        self.sent_again.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn publish_each(&self, jobs: &Jobs, turn: u32, pybit: &FakePybit) -> anyhow::Result<()> {
        let mut numbers = jobs.numbers().filter(|number| number % PUBLISHERS == turn).peekable();
        while numbers.peek().is_some() {
            let admin = self.admin().await?;
            while let Some(number) = numbers.peek() {
                while *number as usize > AHEAD + pybit.seen() / 3 {
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
                if admin.publish(&self.route(*number)?, &message(*number)).await.is_err() {
                    self.noted().insert(*number);
                    break;
                }
                numbers.next();
                tokio::time::sleep(self.pause).await;
            }
            admin.close().await;
        }
        Ok(())
    }

    fn route(&self, number: u32) -> anyhow::Result<Route> {
        let runner = jobs::kind(number).runner();
        let lane = self.lanes.iter().find(|(kind, ..)| kind.runner() == runner);
        let (_, _, key) = lane.context("a kind of job has no queue")?;
        Ok(Route::Exchange {
            exchange: EXCHANGE.into(),
            key: key.clone(),
        })
    }

    /// A connection, made as soon as the broker is there again.
    async fn admin(&self) -> anyhow::Result<Admin> {
        let mut looks = 0;
        loop {
            match Admin::connect(&self.settings).await {
                Ok(admin) => return Ok(admin),
                Err(error) => ensure!(looks < LOOKS, "the broker does not come back: {error}"),
            }
            looks += 1;
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// How many messages wait for a consumer or for their next try.
    pub(super) async fn left(&self) -> anyhow::Result<u32> {
        let admin = self.admin().await?;
        let mut left = 0;
        for (_, queue, _) in &self.lanes {
            for queue in [queue, &retry_queue(queue)?] {
                left += admin.depth(queue).await?.map_or(0, |depth| depth.messages);
            }
        }
        admin.close().await;
        Ok(left)
    }

    /// Waits until the broker has taken back what boxes that are gone held.
    pub(super) async fn is_released(&self) -> anyhow::Result<()> {
        let admin = self.admin().await?;
        for (_, queue, _) in &self.lanes {
            let mut looks = 0;
            while admin.depth(queue).await?.is_some_and(|depth| depth.consumers > 0) {
                ensure!(looks < LOOKS, "`{queue}` still belongs to a box that is gone");
                looks += 1;
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        }
        admin.close().await;
        Ok(())
    }

    /// The bodies of the messages of this run that were put aside.
    pub(super) async fn take_parked(&self) -> anyhow::Result<Vec<String>> {
        let is_ours = |message: &Message| {
            let origin = message.headers.get("x-rbit-origin-queue");
            self.lanes()
                .any(|(_, queue)| origin.is_some_and(|origin| origin == queue.as_str()))
        };
        let admin = self.admin().await?;
        let taken = admin.take(&QueueName::new(PARKED)?, MANY, is_ours).await?;
        admin.close().await;
        let body = |message: Message| String::from_utf8_lossy(&message.body).into_owned();
        Ok(taken.into_iter().map(body).collect())
    }
}

fn message(number: u32) -> Message {
    Message::persistent(jobs::message(number))
}

fn retry_queue(queue: &QueueName) -> anyhow::Result<QueueName> {
    Ok(QueueName::new(format!("rbit.retry.{queue}.{RETRY_MS}"))?)
}

fn settings(broker: &Broker) -> anyhow::Result<AmqpSettings> {
    let addresses = broker.addresses();
    Ok(AmqpSettings {
        nodes: addresses
            .iter()
            .map(|address| (address.ip().to_string(), address.port()))
            .collect(),
        user: "guest".into(),
        password: "guest".into(),
        virtual_host: "/".into(),
        heartbeat: Duration::from_secs(20),
        ack_timeout: Duration::from_secs(30 * 60),
        tls: None,
        declare: true,
        box_name: BoxName::new("chaos")?,
    })
}

/// How long a blocked job waits.
pub(super) const RETRY_MS: u32 = 500;
const PUBLISHERS: u32 = 4;
/// Jobs that may wait. The front-end sees about three requests of each.
const AHEAD: usize = 300;
const LOOK_AGAIN: Duration = Duration::from_millis(50);
const LOOKS: u32 = 600;
const MANY: usize = 100_000;
