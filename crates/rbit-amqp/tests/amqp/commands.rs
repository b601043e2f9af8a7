//! Orders that come as PyBit sends them.

use anyhow::{Context, ensure};
use lapin::{options::QueueDeclareOptions, types::FieldTable};
use rbit_amqp::{AmqpCommands, EXCHANGE, Message, Route};
use rbit_job::{
    BoxCommand, BoxName, Cancellation, JobId,
    port::{CommandSource, JobSource},
};
use rbit_testkit::broker::unique_queue;
use tokio::time::timeout;

use crate::world::{DEADLINE, World, open, until};

#[tokio::test]
async fn a_cancel_request_sent_by_the_name_of_the_box_is_an_order_and_other_messages_are_none() -> anyhow::Result<()> {
    let world = World::new().await?;
    let name = unique_name()?;
    let source = world.open(&[&world.queue()])?;
    let mut commands = source.commands(&name);
    commands.claim_name().await?;
    for other in [
        &br#"{"py/object": "pybit.models.TaskComplete", "message": "x", "success": true}"#[..],
        b"\xff",
    ] {
        order(&world, &name, other).await?;
    }
    order(&world, &name, CANCEL).await?;
    ensure!(next(&mut commands).await? == cancel_of_4()?);
    Box::new(source).close().await;
    ensure!(
        timeout(DEADLINE, commands.next()).await?.is_none(),
        "orders end with their source"
    );
    Ok(())
}

#[tokio::test]
async fn a_box_is_active_for_pybit_as_long_as_somebody_hears_orders() -> anyhow::Result<()> {
    let world = World::new().await?;
    let name = unique_name()?;
    let source = world.open(&[&world.queue()])?;
    let mut commands = source.commands(&name);
    commands.claim_name().await?;
    ensure!(
        is_active(&world, &name).await?,
        "PyBit takes a refusal for a sign of life"
    );
    drop(commands);
    until("the queue is gone", async || Ok(!is_active(&world, &name).await?)).await?;
    Box::new(source).close().await;
    Ok(())
}

#[tokio::test]
async fn orders_are_heard_again_after_the_connection_was_cut() -> anyhow::Result<()> {
    let world = World::new().await?;
    let name = unique_name()?;
    let proxy = world.proxy().await?;
    let source = open(world.through(&proxy), &[&world.queue()])?;
    let mut commands = source.commands(&name);
    commands.claim_name().await?;
    proxy.cut();
    proxy.wait_for_connections(2).await?;
    until("an order reaches the box", async || {
        Ok(order(&world, &name, CANCEL).await.is_ok())
    })
    .await?;
    ensure!(next(&mut commands).await? == cancel_of_4()?);
    Box::new(source).close().await;
    Ok(())
}

#[tokio::test]
async fn a_name_that_lingers_at_the_broker_is_asked_for_until_it_is_free() -> anyhow::Result<()> {
    let world = World::new().await?;
    let name = unique_name()?;
    let lingering = world.open(&[&world.queue()])?;
    let mut first = lingering.commands(&name);
    first.claim_name().await?;
    let source = world.open(&[&world.queue()])?;
    let mut commands = source.commands(&name);
    let claiming = tokio::spawn(async move { commands.claim_name().await.map(|()| commands) });
    // The broker refuses the name to others at least as long as this.
    ensure!(is_active(&world, &name).await?);
    drop(first);
    let mut commands = timeout(DEADLINE, claiming).await???;
    order(&world, &name, CANCEL).await?;
    ensure!(next(&mut commands).await? == cancel_of_4()?);
    Box::new(source).close().await;
    Box::new(lingering).close().await;
    Ok(())
}

#[tokio::test]
async fn a_name_that_another_box_keeps_is_taken() -> anyhow::Result<()> {
    let world = World::new().await?;
    let name = unique_name()?;
    let source = world.open(&[&world.queue()])?;
    let mut first = source.commands(&name);
    first.claim_name().await?;
    let second = world.open(&[&world.queue()])?;
    let taken = second
        .commands(&name)
        .claim_name()
        .await
        .err()
        .context("two boxes of one name")?;
    ensure!(taken.queue == name.client() && taken.help().contains("another box"));
    Box::new(second).close().await;
    Box::new(source).close().await;
    Ok(())
}

const CANCEL: &[u8] = br#"{"py/object": "pybit.models.CancelRequest", "job": {"id": 4}, "web_host": "pybit:8080"}"#;

fn cancel_of_4() -> anyhow::Result<BoxCommand> {
    Ok(BoxCommand::Cancel(Cancellation {
        job: JobId::new("4")?,
        web_host: Some("pybit:8080".into()),
    }))
}

fn unique_name() -> anyhow::Result<BoxName> {
    Ok(BoxName::new(unique_queue().as_str())?)
}

async fn order(world: &World, name: &BoxName, body: &[u8]) -> anyhow::Result<()> {
    let route = Route::Exchange {
        exchange: EXCHANGE.into(),
        key: name.client(),
    };
    Ok(world.admin.publish(&route, &Message::persistent(body)).await?)
}

async fn next(commands: &mut AmqpCommands) -> anyhow::Result<BoxCommand> {
    timeout(DEADLINE, commands.next()).await?.context("the orders ended")
}

/// Asks as PyBit does: whoever is refused a look into the queue of that name knows that the box is there.
async fn is_active(world: &World, name: &BoxName) -> anyhow::Result<bool> {
    let passive = QueueDeclareOptions::default().passive();
    let looked = world
        .raw()
        .await?
        .queue_declare(name.client().into(), passive, FieldTable::default())
        .await;
    match looked.map_err(|error| error.to_string()) {
        Err(refusal) if refusal.contains("RESOURCE_LOCKED") => Ok(true),
        Err(absence) if absence.contains("NOT_FOUND") => Ok(false),
        other => anyhow::bail!("{other:?}"),
    }
}
