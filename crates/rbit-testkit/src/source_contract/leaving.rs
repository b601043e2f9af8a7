//! What becomes of a message that was not settled.

use std::collections::BTreeSet;

use anyhow::ensure;
use rbit_job::{
    Disposition, QueueName,
    port::{Delivery, SettleError},
};
use tokio::time::timeout;

use super::{
    SourceHarness,
    steps::{DEADLINE, subscription, take, take_and_ack, take_body, unique_queue, until_waiting},
};

/// A delivery that nobody settled, as after a panic, is not lost.
pub async fn a_dropped_delivery_is_handed_out_again(harness: &dyn SourceHarness) -> anyhow::Result<()> {
    let queue = unique_queue()?;
    harness.publish(&queue, b"{}", Some("message-9")).await?;
    let mut source = harness.open(vec![subscription(&queue, 1)]).await?;
    drop(take(&mut *source).await?);
    source.close().await;
    ensure_handed_out_again(harness, &queue).await
}

/// A delivery that was left on purpose, as in a drain, goes to whoever opens the queue next.
pub async fn a_left_delivery_is_handed_out_again(harness: &dyn SourceHarness) -> anyhow::Result<()> {
    let queue = unique_queue()?;
    harness.publish(&queue, b"{}", Some("message-9")).await?;
    let mut source = harness.open(vec![subscription(&queue, 1)]).await?;
    let delivery = take(&mut *source).await?;
    source.stop().await;
    delivery.settle(&Disposition::Leave).await?;
    source.close().await;
    ensure_handed_out_again(harness, &queue).await
}

/// After the close a delivery is not ours any more, and says so.
pub async fn a_closed_source_gives_back_what_was_unsettled(harness: &dyn SourceHarness) -> anyhow::Result<()> {
    let queue = unique_queue()?;
    harness.publish(&queue, b"{}", Some("message-9")).await?;
    let mut source = harness.open(vec![subscription(&queue, 1)]).await?;
    let delivery = take(&mut *source).await?;
    source.close().await;
    ensure!(!delivery.is_live(), "its source is closed");
    let settled = delivery.settle(&Disposition::Ack).await;
    ensure!(matches!(settled, Err(SettleError::Stale)), "{settled:?}");
    ensure_handed_out_again(harness, &queue).await
}

/// `next` ends; what was fetched ahead or published meanwhile is still there for the next source.
pub async fn a_stopped_source_hands_out_nothing_more(harness: &dyn SourceHarness) -> anyhow::Result<()> {
    let queue = unique_queue()?;
    for body in [b"1", b"2", b"3"] {
        harness.publish(&queue, body, None).await?;
    }
    let mut source = harness.open(vec![subscription(&queue, 2)]).await?;
    take_body(&mut *source, b"1").await?.settle(&Disposition::Ack).await?;
    source.stop().await;
    harness.publish(&queue, b"4", None).await?;
    for _ in 0..2 {
        let next = timeout(DEADLINE, source.next()).await?;
        ensure!(next.is_none(), "{next:?} after the stop");
    }
    source.close().await;

    // As a set: some kinds of queues put what was given back at their end.
    let mut source = harness.open(vec![subscription(&queue, 2)]).await?;
    let bodies: BTreeSet<_> = take_and_ack(&mut *source, 3).await?.into_iter().collect();
    ensure!(
        bodies == BTreeSet::from([b"2".to_vec(), b"3".to_vec(), b"4".to_vec()]),
        "{bodies:?}"
    );
    until_waiting(&mut *source, 0).await?;
    source.close().await;
    Ok(())
}

/// A drain lets running jobs end: their deliveries outlive the stop.
pub async fn what_was_handed_out_before_a_stop_can_still_be_settled(harness: &dyn SourceHarness) -> anyhow::Result<()> {
    let queue = unique_queue()?;
    for body in [b"1", b"2"] {
        harness.publish(&queue, body, None).await?;
    }
    let mut source = harness.open(vec![subscription(&queue, 1)]).await?;
    let delivery = take_body(&mut *source, b"1").await?;
    source.stop().await;
    ensure!(delivery.is_live(), "a stop is no close");
    delivery.settle(&Disposition::Ack).await?;
    source.close().await;

    let mut source = harness.open(vec![subscription(&queue, 1)]).await?;
    take_body(&mut *source, b"2").await?.settle(&Disposition::Ack).await?;
    until_waiting(&mut *source, 0).await?;
    source.close().await;
    Ok(())
}

async fn ensure_handed_out_again(harness: &dyn SourceHarness, queue: &QueueName) -> anyhow::Result<()> {
    let mut source = harness.open(vec![subscription(queue, 1)]).await?;
    let again: Delivery = take_body(&mut *source, b"{}").await?;
    ensure!(again.redelivered, "{again:?} was with somebody before");
    ensure!(again.message_id.as_deref() == Some("message-9"), "{again:?}");
    ensure!(again.attempt.number() == 1, "{again:?} was never retried");
    again.settle(&Disposition::Ack).await?;
    source.close().await;
    Ok(())
}
