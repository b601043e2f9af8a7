//! Jobs that take longer than the broker waits for an acknowledgement.

use std::time::Duration;

use anyhow::ensure;
use rbit_amqp::{AmqpSettings, AmqpSource};
use rbit_job::{Disposition, QueueName, port::JobSource};
use rbit_testkit::PrivateBroker;
use tokio::time::timeout;

use crate::world::{STEPS, World, open, take, until};

#[tokio::test]
async fn a_message_that_the_broker_takes_back_comes_again_while_its_job_runs() -> anyhow::Result<()> {
    let broker = PrivateBroker::with_ack_timeout(Duration::from_secs(2))?;
    let world = World::at(broker.broker()).await?;
    let queue = world.queue_with(b"job").await?;
    let mut source = world.open(&[&queue])?;
    let first = take(&mut source).await?;
    let again = take(&mut source).await?;
    ensure!(again.redelivered && !first.is_live() && again.is_live());

    // Now the source knows how long the broker waits, and keeps the message although nothing was configured.
    ensure!(
        is_quiet(&mut source, Duration::from_secs(8)).await,
        "the message was taken back again"
    );
    ensure!(again.is_live());
    again.settle(&Disposition::Ack).await?;
    until("nothing waits", async || Ok(source.waiting().await? == 0)).await?;
    Box::new(source).close().await;
    Ok(())
}

#[tokio::test]
async fn the_message_of_a_long_job_is_kept_from_other_boxes_and_is_gone_when_it_is_settled() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue_with(b"job").await?;
    let mut source = impatient(&world, &queue)?;
    let delivery = take(&mut source).await?;
    let mut other = world.open(&[&queue])?;
    ensure!(is_quiet(&mut other, 3 * LEASE).await, "another box got the message");
    ensure!(delivery.is_live());
    delivery.settle(&Disposition::Ack).await?;
    ensure!(is_quiet(&mut other, 2 * LEASE).await, "the message came back");
    Box::new(other).close().await;
    Box::new(source).close().await;
    Ok(())
}

#[tokio::test]
async fn the_message_of_a_box_that_is_lost_with_a_long_job_comes_to_another_box() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue_with(b"job").await?;
    let mut source = impatient(&world, &queue)?;
    let delivery = take(&mut source).await?;
    let mut other = world.open(&[&queue])?;
    ensure!(is_quiet(&mut other, LEASE).await, "another box got the message");
    // It says nothing more to anybody.
    drop(source);
    let again = take(&mut other).await?;
    ensure!(again.body == b"job" && again.key() == delivery.key() && again.attempt == delivery.attempt);
    ensure!(again.redelivered, "somebody had it before");
    until("the lost box knows", async || Ok(!delivery.is_live())).await?;
    again.settle(&Disposition::Ack).await?;
    Box::new(other).close().await;
    Ok(())
}

#[tokio::test]
async fn a_held_message_is_retried_parked_or_left_like_any_other() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue_with(b"job").await?;
    let mut source = impatient(&world, &queue)?;
    let delivery = take(&mut source).await?;
    let held = delivery.attempt;
    ensure!(is_quiet(&mut source, LEASE).await);
    let retry = Disposition::Retry {
        delay: STEPS[0],
        attempt: held.next(),
    };
    delivery.settle(&retry).await?;
    let second = take(&mut source).await?;
    ensure!(second.attempt == held.next() && !second.redelivered, "{second:?}");
    ensure!(is_quiet(&mut source, LEASE).await);

    second.settle(&Disposition::Leave).await?;
    let left = take(&mut source).await?;
    ensure!(left.attempt == held.next() && left.redelivered, "{left:?}");
    left.settle(&Disposition::Ack).await?;
    ensure!(is_quiet(&mut source, LEASE).await, "one copy is enough");
    Box::new(source).close().await;
    Ok(())
}

/// A source that holds messages elsewhere after less than a second.
fn impatient(world: &World, queue: &QueueName) -> anyhow::Result<AmqpSource> {
    let settings = AmqpSettings {
        ack_timeout: Duration::from_secs(1),
        ..world.settings.clone()
    };
    open(settings, &[queue])
}

/// Whether nothing comes for so long: here time itself is what is tested.
async fn is_quiet(source: &mut AmqpSource, time: Duration) -> bool {
    timeout(time, source.next()).await.is_err()
}

/// The shortest lease.
const LEASE: Duration = Duration::from_secs(3);
