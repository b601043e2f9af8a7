//! Messages that RabbitMQ takes and lapin could not read.

use anyhow::ensure;
use rbit_job::{Disposition, Reason, port::JobSource};

use crate::{
    raw_publisher::{long, publish, short},
    world::{World, take},
};

#[tokio::test]
async fn a_message_with_texts_that_are_not_utf_8_is_delivered_like_any_other() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue_with(b"before").await?;
    let entries = [&short(b"n\xff")[..], b"t\x01"].concat();
    let properties = [&short(b"text/\xe9")[..], &long(&entries), &short(b"id\xff")].concat();
    publish(
        &world.broker,
        &queue,
        CONTENT_TYPE | HEADERS | MESSAGE_ID,
        &properties,
        b"odd",
    )
    .await?;
    world.publish(&queue, b"after").await?;

    let mut source = world.open(&[&queue])?;
    for body in [&b"before"[..], b"odd", b"after"] {
        let delivery = take(&mut source).await?;
        ensure!(delivery.body == body && !delivery.redelivered, "{delivery:?}");
        ensure!(delivery.message_id.is_none());
        delivery.settle(&Disposition::Ack).await?;
    }
    Box::new(source).close().await;
    Ok(())
}

#[tokio::test]
async fn a_message_with_tables_in_tables_to_the_end_of_the_frame_is_delivered_without_them() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue_with(b"before").await?;
    let mut tables = Vec::new();
    while tables.len() < 100_000 {
        tables = [&short(b"")[..], b"F", &long(&tables)].concat();
    }
    publish(&world.broker, &queue, HEADERS, &long(&tables), b"deep").await?;

    let mut source = world.open(&[&queue])?;
    take(&mut source).await?.settle(&Disposition::Ack).await?;
    let delivery = take(&mut source).await?;
    ensure!(delivery.body == b"deep");
    let park = Disposition::Park {
        reason: Reason::Undecodable,
        text: "too deep".into(),
    };
    delivery.settle(&park).await?;
    ensure!(world.parked(&queue).await?.len() == 1);
    Box::new(source).close().await;
    Ok(())
}

const CONTENT_TYPE: u16 = 1 << 15;
const HEADERS: u16 = 1 << 13;
const MESSAGE_ID: u16 = 1 << 7;
