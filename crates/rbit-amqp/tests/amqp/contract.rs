//! The promises that every job source keeps.

use anyhow::Context;
use async_trait::async_trait;
use rbit_amqp::{AmqpSource, Message, Route};
use rbit_job::{
    Attempt, QueueName,
    port::{JobSource, Subscription},
};
use rbit_testkit::source_contract::{Parked, SourceHarness};

use crate::world::{World, listen};

rbit_testkit::source_contract!(World::new().await?);

#[async_trait]
impl SourceHarness for World {
    async fn publish(&self, queue: &QueueName, body: &[u8], message_id: Option<&str>) -> anyhow::Result<()> {
        self.admin.declare_queue(&self.keep(queue.clone()), None).await?;
        let message = Message {
            message_id: message_id.map(str::to_owned),
            ..Message::persistent(body)
        };
        Ok(self.admin.publish(&Route::Queue(queue.to_string()), &message).await?)
    }

    async fn open(&self, subscriptions: Vec<Subscription>) -> anyhow::Result<Box<dyn JobSource>> {
        let queues = subscriptions.into_iter().map(|subscription| {
            self.keep(subscription.queue.clone());
            listen(&subscription.queue, subscription.prefetch)
        });
        Ok(Box::new(AmqpSource::open(self.settings.clone(), queues.collect())?))
    }

    async fn parked(&self, queue: &QueueName) -> anyhow::Result<Vec<Parked>> {
        self.parked(queue).await?.into_iter().map(parked).collect()
    }
}

fn parked(message: Message) -> anyhow::Result<Parked> {
    let header = |name: &str| {
        message
            .headers
            .get(name)
            .cloned()
            .with_context(|| format!("no header `{name}`"))
    };
    Ok(Parked {
        queue: QueueName::new(header("x-rbit-origin-queue")?)?,
        attempt: Attempt::new(header("x-rbit-attempt")?.parse()?),
        reason: header("x-rbit-reason")?,
        text: header("x-rbit-text")?,
        message_id: message.message_id.clone(),
        body: message.body,
    })
}
