//! Which queues are made and bound, and which are left as they are.

use anyhow::ensure;
use lapin::{
    options::QueueDeclareOptions,
    types::{AMQPValue, FieldTable},
};
use rbit_amqp::{AmqpSettings, AmqpSource, EXCHANGE, Message, PublishError, QueueSettings, QueueType, Route};
use rbit_job::{Disposition, QueueName, port::JobSource};
use serde_json::{Value, json};

use crate::world::{STEPS, World, listen, open, take, until};

/// A build request of PyBit's own front-end, published as it publishes: persistent, through the exchange, without other properties.
#[tokio::test]
async fn a_captured_request_reaches_a_queue_that_the_source_made_and_bound() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (queue, key) = world.pybit_queue();
    let mut source = world.open(&[&queue])?;
    publish_through_pybit(&world, &key).await?;

    let delivery = take(&mut source).await?;
    ensure!(
        delivery.body == CAPTURED,
        "{:?}",
        String::from_utf8_lossy(&delivery.body)
    );
    ensure!(
        delivery.queue == queue && delivery.message_id.is_none() && delivery.attempt.number() == 1,
        "{delivery:?}"
    );
    delivery.settle(&Disposition::Ack).await?;
    Box::new(source).close().await;
    Ok(())
}

#[tokio::test]
async fn a_queue_that_exists_is_bound_too() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (queue, key) = world.pybit_queue();
    world.admin.declare_queue(&queue, None).await?;
    let mut source = world.open(&[&queue])?;
    publish_through_pybit(&world, &key).await?;
    take(&mut source).await?.settle(&Disposition::Ack).await?;
    Box::new(source).close().await;
    Ok(())
}

#[tokio::test]
async fn an_existing_queue_with_other_arguments_is_consumed_as_it_is() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue();
    let channel = world.raw().await?;
    let mut arguments = FieldTable::default();
    arguments.insert("x-max-priority".into(), AMQPValue::LongInt(3));
    channel
        .queue_declare(queue.as_str().into(), QueueDeclareOptions::durable(), arguments.clone())
        .await?;

    let quorum = QueueSettings {
        queue_type: Some(QueueType::Quorum),
        ..listen(&queue, 1)
    };
    let mut source = AmqpSource::open(world.settings.clone(), vec![quorum])?;
    world.publish(&queue, b"job").await?;
    take(&mut source).await?.settle(&Disposition::Ack).await?;
    Box::new(source).close().await;
    // Only with the arguments that it has can it be declared again.
    channel
        .queue_declare(queue.as_str().into(), QueueDeclareOptions::durable(), arguments)
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_missing_queue_is_waited_for_when_declaring_is_off() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue();
    let settings = AmqpSettings {
        declare: false,
        ..world.settings.clone()
    };
    let mut source = open(settings, &[&queue])?;
    ensure!(source.waiting().await? == 0);
    ensure!(world.admin.depth(&queue).await?.is_none(), "it was made");

    world.admin.declare_queue(&queue, None).await?;
    world.publish(&queue, b"job").await?;
    take(&mut source).await?.settle(&Disposition::Ack).await?;
    Box::new(source).close().await;
    Ok(())
}

#[tokio::test]
async fn a_queue_deleted_under_its_consumer_is_taken_up_again_and_the_others_go_on() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (deleted, other) = (world.queue_with(b"gone").await?, world.queue_with(b"held").await?);
    let settings = AmqpSettings {
        declare: false,
        ..world.settings.clone()
    };
    let mut source = open(settings, &[&deleted, &other])?;
    let mut deliveries = [take(&mut source).await?, take(&mut source).await?];
    deliveries.sort_by_key(|delivery| delivery.queue == other);
    let [gone, held] = deliveries;

    world.admin.delete_queue(&deleted).await?;
    world.admin.declare_queue(&deleted, None).await?;
    world.publish(&deleted, b"new").await?;
    // A queue of one slot has room again when its job has ended.
    drop(gone);
    let new = take(&mut source).await?;
    ensure!(new.body == b"new" && new.queue == deleted, "{new:?}");
    new.settle(&Disposition::Ack).await?;
    ensure!(held.is_live(), "the other queue has a channel of its own");
    held.settle(&Disposition::Ack).await?;
    Box::new(source).close().await;
    Ok(())
}

#[tokio::test]
async fn a_queue_of_a_configured_type_is_made_so_and_retries_work_on_it() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue();
    let quorum = QueueSettings {
        queue_type: Some(QueueType::Quorum),
        ..listen(&queue, 1)
    };
    let mut source = AmqpSource::open(world.settings.clone(), vec![quorum])?;
    until("the queue is there", async || {
        Ok(world.admin.depth(&queue).await?.is_some())
    })
    .await?;
    // An error if it were of another type.
    world.admin.declare_queue(&queue, Some(QueueType::Quorum)).await?;

    let route = Route::Queue(queue.to_string());
    // A quorum queue takes nothing before its leader is chosen.
    until("the queue takes messages", async || {
        Ok(world.admin.publish(&route, &Message::persistent("job")).await.is_ok())
    })
    .await?;
    let first = take(&mut source).await?;
    let retry = Disposition::Retry {
        delay: STEPS[0],
        attempt: first.attempt.next(),
    };
    first.settle(&retry).await?;
    let second = take(&mut source).await?;
    ensure!(second.attempt.number() == 2 && second.body == b"job", "{second:?}");
    second.settle(&Disposition::Ack).await?;
    Box::new(source).close().await;
    Ok(())
}

/// A retry queue that another box is making takes messages before it knows how long they stay.
#[tokio::test]
async fn a_copy_comes_back_from_a_quorum_queue_that_does_not_know_its_time_yet() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue();
    world.admin.declare_queue(&queue, Some(QueueType::Quorum)).await?;
    plant_retry_queue_without_time(&world, &queue).await?;
    world.publish(&queue, b"job").await?;
    let quorum = QueueSettings {
        queue_type: Some(QueueType::Quorum),
        ..listen(&queue, 1)
    };
    let mut source = AmqpSource::open(world.settings.clone(), vec![quorum])?;
    let mut delivery = take(&mut source).await?;
    for attempt in [2, 3] {
        let retry = Disposition::Retry {
            delay: STEPS[0],
            attempt: delivery.attempt.next(),
        };
        delivery.settle(&retry).await?;
        delivery = take(&mut source).await?;
        ensure!(
            delivery.attempt.number() == attempt && delivery.body == b"job",
            "{delivery:?}"
        );
    }
    delivery.settle(&Disposition::Ack).await?;
    Box::new(source).close().await;
    Ok(())
}

/// The retry queue of the first step as it is in the moment in which only its first arguments count.
async fn plant_retry_queue_without_time(world: &World, queue: &QueueName) -> anyhow::Result<()> {
    let mut arguments = FieldTable::default();
    for (name, value) in [
        ("x-queue-type", "quorum"),
        ("x-dead-letter-exchange", ""),
        ("x-dead-letter-routing-key", queue.as_str()),
        ("x-dead-letter-strategy", "at-least-once"),
        ("x-overflow", "reject-publish"),
    ] {
        arguments.insert(name.into(), AMQPValue::LongString(value.into()));
    }
    let retry = format!("rbit.retry.{queue}.{}", STEPS[0].as_millis());
    let channel = world.raw().await?;
    channel
        .queue_declare(retry.as_str().into(), QueueDeclareOptions::durable(), arguments)
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_name_that_leaves_no_room_for_retry_queues_is_refused_at_once() -> anyhow::Result<()> {
    let world = World::new().await?;
    let long = QueueName::new("q".repeat(255))?;
    ensure!(world.open(&[&long]).is_err());
    Ok(())
}

/// Publishes the captured request with the properties it had.
async fn publish_through_pybit(world: &World, key: &str) -> anyhow::Result<()> {
    let recorded: Value = serde_json::from_str(RECORDED)?;
    ensure!(recorded.get("properties") == Some(&json!({ "delivery_mode": 2 })));
    ensure!(recorded.pointer("/delivery/exchange") == Some(&json!(EXCHANGE)));
    let message = Message::persistent(CAPTURED);
    let route = Route::Exchange {
        exchange: EXCHANGE.to_owned(),
        key: key.to_owned(),
    };
    until("the queue is bound", async || {
        match world.admin.publish(&route, &message).await {
            Ok(()) => Ok(true),
            // Until the source has made it, the exchange may be missing as well.
            Err(PublishError::Unroutable { .. } | PublishError::Send { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    })
    .await
}

const RECORDED: &str = include_str!("../fixtures/01-buildrequest-plain.props.json");
const CAPTURED: &[u8] = include_bytes!("../fixtures/01-buildrequest-plain.body");
