//! Boxes with more queues than slots.

use std::time::Duration;

use anyhow::{Context, ensure};
use lapin::types::AMQPValue;
use rbit_amqp::{AmqpSource, QueueType};
use rbit_job::{Disposition, QueueName, port::JobSource};

use crate::world::{World, take, until};

#[tokio::test]
async fn a_box_whose_slot_is_taken_does_not_sit_on_messages_that_another_box_could_run() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (long, other) = (world.queue_with(b"long").await?, queue(&world, None).await?);
    let mut busy = world.open(&[&long, &other])?;
    let running = take(&mut busy).await?;
    listens(&world, &other).await?;
    world.publish(&other, b"other").await?;
    until("the other message is sent to the busy box", async || {
        Ok(ready(&world, &other).await? == 0)
    })
    .await?;

    // The busy box asks for nothing: its one slot is taken.
    let mut idle = world.open(&[&other])?;
    let given = take(&mut idle).await?;
    ensure!(given.body == b"other" && given.redelivered, "{given:?}");
    ensure!(running.is_live(), "the job that runs keeps its message");
    given.settle(&Disposition::Ack).await?;
    running.settle(&Disposition::Ack).await?;
    close([busy, idle]).await;
    Ok(())
}

#[tokio::test]
async fn a_box_that_could_not_take_them_at_once_takes_all_messages_one_by_one_and_then_listens_again()
-> anyhow::Result<()> {
    let world = World::new().await?;
    let queues = [
        queue(&world, None).await?,
        queue(&world, None).await?,
        queue(&world, None).await?,
    ];
    let mut source = world.open(&queues.each_ref())?;
    for queue in &queues {
        listens(&world, queue).await?;
        world.publish(queue, b"1").await?;
        world.publish(queue, b"2").await?;
    }
    let mut running = take(&mut source).await?;
    all_are_ready(&world, &queues, 5).await?;
    let mut seen = vec![running.queue.clone()];
    for left in (0..5).rev() {
        running.settle(&Disposition::Ack).await?;
        running = take(&mut source).await?;
        seen.push(running.queue.clone());
        all_are_ready(&world, &queues, left).await?;
    }
    seen.sort();
    seen.dedup_by(|one, other| one == other);
    ensure!(seen.len() == queues.len(), "each queue had its turn: {seen:?}");
    running.settle(&Disposition::Ack).await?;

    let taking = tokio::spawn(async move { (take(&mut source).await, source) });
    for queue in &queues {
        listens(&world, queue).await?;
    }
    world.publish(&queues[0], b"3").await?;
    let (last, source) = taking.await?;
    last?.settle(&Disposition::Ack).await?;
    close([source]).await;
    Ok(())
}

#[tokio::test]
async fn a_quorum_queue_counts_a_message_that_waited_in_vain_once_however_long_the_box_is_busy() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (long, counted) = (
        world.queue_with(b"long").await?,
        queue(&world, Some(QueueType::Quorum)).await?,
    );
    let mut source = world.open(&[&long, &counted])?;
    let running = take(&mut source).await?;
    listens(&world, &counted).await?;
    world.publish(&counted, b"counted").await?;
    all_are_ready(&world, std::slice::from_ref(&counted), 1).await?;
    // Here time itself is what is tested.
    tokio::time::sleep(Duration::from_secs(6)).await;

    let channel = world.raw().await?;
    let got = channel.basic_get(counted.as_str().into(), Default::default()).await?;
    let headers = got
        .context("the message is there")?
        .delivery
        .properties
        .headers()
        .clone();
    let count = headers.and_then(|headers| headers.inner().get("x-delivery-count").cloned());
    ensure!(
        matches!(
            count,
            Some(
                AMQPValue::LongLongInt(1)
                    | AMQPValue::LongInt(1)
                    | AMQPValue::ShortShortInt(1)
                    | AMQPValue::ShortShortUInt(1)
            )
        ),
        "{count:?}"
    );
    running.settle(&Disposition::Ack).await?;
    close([source]).await;
    Ok(())
}

async fn queue(world: &World, queue_type: Option<QueueType>) -> anyhow::Result<QueueName> {
    let queue = world.queue();
    world.admin.declare_queue(&queue, queue_type).await?;
    Ok(queue)
}

async fn listens(world: &World, queue: &QueueName) -> anyhow::Result<()> {
    until("the box listens", async || {
        let depth = world.admin.depth(queue).await?;
        Ok(depth.is_some_and(|depth| depth.consumers == 1))
    })
    .await
}

async fn ready(world: &World, queue: &QueueName) -> anyhow::Result<u32> {
    Ok(world.admin.depth(queue).await?.map_or(0, |depth| depth.messages))
}

/// Waits until so many messages are in the queues, and nobody listens to them.
async fn all_are_ready(world: &World, queues: &[QueueName], count: u32) -> anyhow::Result<()> {
    until("messages are given back", async || {
        let (mut messages, mut consumers) = (0, 0);
        for queue in queues {
            let depth = world.admin.depth(queue).await?.context("the queue is there")?;
            messages += depth.messages;
            consumers += depth.consumers;
        }
        Ok(messages == count && consumers == 0)
    })
    .await
}

async fn close<const N: usize>(sources: [AmqpSource; N]) {
    for source in sources {
        Box::new(source).close().await;
    }
}
