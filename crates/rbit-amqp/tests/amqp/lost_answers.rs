//! Connections that break in the moment in which something is said.

use std::time::{Duration, Instant};

use rbit_amqp::AmqpSource;
use rbit_job::{
    Disposition,
    port::{Delivery, JobSource},
};
use tokio::{task::JoinSet, time::timeout};

use crate::world::{DEADLINE, World, listen, take};

/// lapin answers nothing, ever, to some of the acknowledgements that are under way while a connection ends.
#[tokio::test(flavor = "multi_thread")]
async fn every_settlement_ends_although_the_connection_breaks_meanwhile() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue_with(b"job").await?;
    for _ in 1..MESSAGES {
        world.publish(&queue, b"job").await?;
    }
    for round in 0..ROUNDS {
        let proxy = world.proxy().await?;
        let mut source = AmqpSource::open(world.through(&proxy), vec![listen(&queue, MESSAGES)])?;
        let mut settlements = JoinSet::new();
        let deliveries = deliveries(&mut source).await?;
        let begin = Instant::now();
        for (turn, delivery) in (0..).zip(deliveries) {
            settlements.spawn(settle(delivery, begin + SPACING * turn));
        }
        reached(begin + SPACING * (round % u32::from(MESSAGES))).await;
        proxy.cut();
        timeout(DEADLINE, settlements.join_all())
            .await
            .map_err(|_| anyhow::anyhow!("round {round}: a settlement hangs"))?;
        Box::new(source).close().await;
        while world
            .admin
            .depth(&queue)
            .await?
            .is_some_and(|depth| depth.messages < MESSAGES.into())
        {
            world.publish(&queue, b"job").await?;
        }
    }
    Ok(())
}

async fn deliveries(source: &mut AmqpSource) -> anyhow::Result<Vec<Delivery>> {
    let mut deliveries = Vec::new();
    for _ in 0..MESSAGES {
        deliveries.push(take(source).await?);
    }
    Ok(deliveries)
}

/// Whether the broker has heard it is not known here.
async fn settle(delivery: Delivery, at: Instant) {
    reached(at).await;
    let _ = delivery.settle(&Disposition::Ack).await;
}

/// As exactly as the machine can: a timer's milliseconds are long for what is to happen at once.
async fn reached(at: Instant) {
    while Instant::now() < at {
        tokio::task::yield_now().await;
    }
}

const MESSAGES: u16 = 50;
const ROUNDS: u32 = 50;
const SPACING: Duration = Duration::from_micros(100);
