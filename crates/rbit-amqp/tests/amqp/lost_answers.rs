//! Connections that break in the moment in which something is said.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use lapin::{BasicProperties, Channel, options::BasicPublishOptions};
use rbit_amqp::{AmqpSource, EXCHANGE};
use rbit_job::{
    BoxName, Disposition,
    port::{CommandSource, Delivery, JobSource},
};
use rbit_testkit::broker::unique_queue;
use tokio::{task::JoinSet, time::timeout};

use crate::world::{DEADLINE, World, listen, take, until};

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

/// The box hears orders for as long as it runs, and says of each that it has it.
#[tokio::test(flavor = "multi_thread")]
async fn orders_are_heard_again_although_the_connection_breaks_in_their_midst() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (queue, raw) = (world.queue(), world.raw().await?);
    for round in 0..CUTS {
        let (proxy, name) = (world.proxy().await?, BoxName::new(unique_queue().as_str())?);
        let source = AmqpSource::open(world.through(&proxy), vec![listen(&queue, 1)])?;
        let mut commands = source.commands(&name);
        commands.claim_name().await?;
        let heard = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&heard);
        tokio::spawn(async move {
            while commands.next().await.is_some() {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
        for _ in 0..ORDERS {
            order(&raw, &name).await?;
        }
        while heard.load(Ordering::SeqCst) < ORDERS * round / CUTS {
            tokio::task::yield_now().await;
        }
        proxy.cut();
        proxy.wait_for_connections(2).await?;
        let before = heard.load(Ordering::SeqCst);
        until(&format!("an order is heard after cut {round}"), async || {
            order(&raw, &name).await?;
            Ok(heard.load(Ordering::SeqCst) > before)
        })
        .await?;
        Box::new(source).close().await;
    }
    Ok(())
}

/// Lost if nobody is there to hear it.
async fn order(raw: &Channel, name: &BoxName) -> anyhow::Result<()> {
    let (exchange, key) = (EXCHANGE.into(), name.client().into());
    let properties = BasicProperties::default();
    raw.basic_publish(exchange, key, BasicPublishOptions::default(), CANCEL, properties)
        .await?;
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
const ORDERS: usize = 500;
const CUTS: usize = 20;
const CANCEL: &[u8] = br#"{"py/object": "pybit.models.CancelRequest", "job": {"id": 4}, "web_host": "pybit:8080"}"#;
const SPACING: Duration = Duration::from_micros(100);
