//! The shared contract suite for job sources, on the local source.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use rbit_job::{
    QueueName,
    port::{Clock, JobSource, Subscription},
};
use rbit_store::{Incarnation, LocalSource, Store};
use rbit_testkit::source_contract::{Parked, SourceHarness};
use tempfile::TempDir;

/// A state folder whose messages come from a second handle, as those of `rbit push` do.
struct Harness {
    incarnation: Incarnation,
    producer: Store,
    _folder: TempDir,
}

impl Harness {
    async fn new() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let incarnation = Store::open(folder.path())?.begin(Timestamp::now()).await?;
        Ok(Self {
            incarnation,
            producer: Store::open(folder.path())?,
            _folder: folder,
        })
    }
}

#[async_trait]
impl SourceHarness for Harness {
    async fn publish(&self, queue: &QueueName, body: &[u8], message_id: Option<&str>) -> anyhow::Result<()> {
        self.producer.push(queue, body, message_id, Timestamp::now()).await?;
        Ok(())
    }

    async fn open(&self, subscriptions: Vec<Subscription>) -> anyhow::Result<Box<dyn JobSource>> {
        Ok(Box::new(LocalSource::open(
            &self.incarnation,
            subscriptions,
            Arc::new(RealClock),
        )))
    }

    async fn parked(&self, queue: &QueueName) -> anyhow::Result<Vec<Parked>> {
        let parked = self
            .producer
            .parked(100)
            .await?
            .into_iter()
            .filter(|message| message.queue == *queue);
        let parked = parked.map(|message| Parked {
            queue: message.queue,
            body: message.body,
            message_id: message.message_id,
            attempt: message.attempt,
            reason: message.reason,
            text: message.text,
        });
        Ok(parked.collect())
    }
}

struct RealClock;

impl Clock for RealClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

rbit_testkit::source_contract!(Harness::new().await?);
