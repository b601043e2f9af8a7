//! Deliveries that are dropped without a word, as when the task of their job panicked.

use std::time::{Duration, Instant};

use anyhow::ensure;
use rbit_job::{Disposition, port::JobSource};

use crate::world::{World, take, until};

#[tokio::test]
async fn a_message_that_is_always_dropped_comes_again_after_pauses_that_grow() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue_with(b"{}").await?;
    let mut source = world.open(&[&queue])?;
    let mut delivery = take(&mut source).await?;
    for pause in [1, 2].map(Duration::from_secs) {
        let dropped = Instant::now();
        drop(delivery);
        delivery = take(&mut source).await?;
        let waited = dropped.elapsed();
        ensure!(
            delivery.redelivered && waited >= pause,
            "{waited:?} instead of {pause:?}"
        );
    }
    delivery.settle(&Disposition::Ack).await?;
    Box::new(source).close().await;
    Ok(())
}

/// A box that drains has jobs to wait for; others may run this one meanwhile.
#[tokio::test]
async fn a_source_that_is_stopped_keeps_no_dropped_message_back() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue_with(b"{}").await?;
    let mut source = world.open(&[&queue])?;
    drop(take(&mut source).await?);
    source.stop().await;
    let is_back = async || {
        Ok(world
            .admin
            .depth(&queue)
            .await?
            .is_some_and(|depth| depth.messages == 1))
    };
    until("the message is back in its queue", is_back).await?;
    Box::new(source).close().await;
    Ok(())
}
