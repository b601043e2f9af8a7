//! What a test has of the broker: settings, queues of its own, and an administrator's view.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, bail};
use rbit_amqp::{Admin, AmqpSettings, AmqpSource, Message, PARKED, QueueSettings, Route};
use rbit_job::{
    BoxName, QueueName,
    port::{Delivery, JobSource, Subscription},
};
use rbit_testkit::{Proxy, TestBroker, broker};
use tokio::time::{Instant, sleep, timeout};

/// A test's part of the broker. Dropping it deletes the queues it made.
pub(crate) struct World {
    pub(crate) broker: TestBroker,
    pub(crate) settings: AmqpSettings,
    pub(crate) admin: Admin,
    queues: Mutex<Vec<QueueName>>,
}

impl World {
    pub(crate) async fn new() -> anyhow::Result<Self> {
        Self::at(TestBroker::find()?).await
    }

    /// The same with this broker.
    pub(crate) async fn at(broker: TestBroker) -> anyhow::Result<Self> {
        let settings = AmqpSettings {
            nodes: vec![(broker.host.clone(), broker.port)],
            tls: None,
            user: broker.user.clone(),
            password: broker.password.clone().into(),
            virtual_host: broker.virtual_host.clone(),
            heartbeat: Duration::from_secs(20),
            ack_timeout: Duration::from_secs(1800),
            declare: true,
            box_name: BoxName::new("test-box")?,
        };
        let admin = Admin::connect(&settings).await?;
        Ok(Self {
            broker,
            settings,
            admin,
            queues: Mutex::default(),
        })
    }

    /// A name for a queue of this test.
    pub(crate) fn queue(&self) -> QueueName {
        self.keep(broker::unique_queue())
    }

    /// A name of PyBit's form for a queue of this test, and its routing key.
    pub(crate) fn pybit_queue(&self) -> (QueueName, String) {
        let (queue, key) = broker::unique_pybit_queue();
        (self.keep(queue), key)
    }

    /// Remembers that a queue is to be deleted.
    pub(crate) fn keep(&self, queue: QueueName) -> QueueName {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        if !queues.contains(&queue) {
            queues.push(queue.clone());
        }
        queue
    }

    /// A queue of this test that exists, with one message in it.
    pub(crate) async fn queue_with(&self, body: &[u8]) -> anyhow::Result<QueueName> {
        let queue = self.queue();
        self.admin.declare_queue(&queue, None).await?;
        self.publish(&queue, body).await?;
        Ok(queue)
    }

    pub(crate) async fn publish(&self, queue: &QueueName, body: &[u8]) -> anyhow::Result<()> {
        Ok(self
            .admin
            .publish(&Route::Queue(queue.to_string()), &Message::persistent(body))
            .await?)
    }

    /// A source on these queues, straight to the broker.
    pub(crate) fn open(&self, queues: &[&QueueName]) -> anyhow::Result<AmqpSource> {
        open(self.settings.clone(), queues)
    }

    /// A piece of network between a source and the broker.
    pub(crate) async fn proxy(&self) -> anyhow::Result<Proxy> {
        Proxy::to((self.broker.host.as_str(), self.broker.port)).await
    }

    /// The settings that lead through it.
    pub(crate) fn through(&self, proxy: &Proxy) -> AmqpSettings {
        AmqpSettings {
            nodes: vec![(proxy.address().ip().to_string(), proxy.address().port())],
            ..self.settings.clone()
        }
    }

    /// The parked messages of a queue: waits until there is one, and takes them. Other tests look into the same place, and while
    /// they do nobody else sees its messages.
    pub(crate) async fn parked(&self, queue: &QueueName) -> anyhow::Result<Vec<Message>> {
        let parked = QueueName::new(PARKED)?;
        let deadline = Instant::now() + DEADLINE;
        while Instant::now() < deadline {
            let found = self
                .admin
                .take(&parked, MANY, |message| is_from(message, queue))
                .await?;
            if !found.is_empty() {
                return Ok(found);
            }
            sleep(LOOK_AGAIN).await;
        }
        bail!("nothing of queue `{queue}` was parked");
    }

    /// lapin as it is, for what no command needs.
    pub(crate) async fn raw(&self) -> anyhow::Result<lapin::Channel> {
        let TestBroker {
            host,
            port,
            user,
            password,
            virtual_host,
        } = &self.broker;
        let mut uri: lapin::uri::AMQPUri = format!("amqp://{host}:{port}").parse().map_err(anyhow::Error::msg)?;
        uri.authority.userinfo = lapin::uri::AMQPUserInfo {
            username: user.clone(),
            password: password.clone(),
        };
        uri.vhost = virtual_host.clone();
        let connection = lapin::Connection::connect_uri(uri, lapin::ConnectionProperties::default()).await?;
        // The channel keeps its connection open.
        Ok(connection.create_channel().await?)
    }

    async fn delete_queues(settings: AmqpSettings, queues: Vec<QueueName>) -> anyhow::Result<()> {
        let admin = Admin::connect(&settings).await?;
        let is_ours = |message: &Message| queues.iter().any(|queue| is_from(message, queue));
        admin.take(&QueueName::new(PARKED)?, MANY, is_ours).await?;
        for queue in &queues {
            for step in STEPS {
                let retry = format!("rbit.retry.{queue}.{}", step.as_millis());
                admin.delete_queue(&QueueName::new(retry)?).await?;
            }
            admin.delete_queue(queue).await?;
        }
        admin.close().await;
        Ok(())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let queues = std::mem::take(&mut *self.queues.lock().unwrap_or_else(PoisonError::into_inner));
        let delete = Self::delete_queues(self.settings.clone(), queues);
        let delete = move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(delete)
        };
        // The test may have ended because the broker did; and a queue that stays harms no other test.
        let _ = std::thread::spawn(delete).join();
    }
}

fn is_from(message: &Message, queue: &QueueName) -> bool {
    message
        .headers
        .get("x-rbit-origin-queue")
        .is_some_and(|origin| origin == queue.as_str())
}

pub(crate) fn open(settings: AmqpSettings, queues: &[&QueueName]) -> anyhow::Result<AmqpSource> {
    Ok(AmqpSource::open(
        settings,
        queues.iter().map(|queue| listen(queue, 1)).collect(),
    )?)
}

pub(crate) fn listen(queue: &QueueName, prefetch: u16) -> QueueSettings {
    let subscription = Subscription {
        queue: queue.clone(),
        prefetch,
    };
    QueueSettings {
        subscription,
        queue_type: None,
        retry_steps: STEPS.to_vec(),
    }
}

/// The next delivery, which must come.
pub(crate) async fn take(source: &mut AmqpSource) -> anyhow::Result<Delivery> {
    let next = timeout(DEADLINE, source.next()).await.context("no delivery came")?;
    next.context("the source ended")
}

/// Waits until a condition holds.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let deadline = Instant::now() + DEADLINE;
    while !holds().await? {
        if Instant::now() > deadline {
            bail!("waited in vain until {what}");
        }
        sleep(LOOK_AGAIN).await;
    }
    Ok(())
}

/// A step that tests wait for, and one that they do not.
pub(crate) const STEPS: [Duration; 2] = [Duration::from_millis(300), Duration::from_secs(300)];

/// Generous: it only ends tests that have already failed.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// More than all tests together park.
const MANY: usize = 10_000;

const LOOK_AGAIN: Duration = Duration::from_millis(20);
