//! Events on a topic exchange.

use anyhow::{Context, ensure};
use jiff::Timestamp;
use lapin::{
    options::{BasicGetOptions, ExchangeDeleteOptions, QueueBindOptions},
    types::FieldTable,
};
use rbit_amqp::{AmqpEvents, AmqpSettings, ExchangeType};
use rbit_job::{Attempt, JobId, JobKey, QueueName, RunnerName, Status, event::StatusEvent, port::EventSink};
use serde_json::Value;

use crate::world::World;

fn event(status: Status) -> anyhow::Result<StatusEvent> {
    let queue = QueueName::new("cnx_any_latex_pdf")?;
    Ok(StatusEvent {
        key: JobKey::of(&queue, Some("m"), b""),
        job: JobId::new("4")?,
        package: "m9003".into(),
        version: "1.2".into(),
        queue,
        runner: RunnerName::new("pdf")?,
        attempt: Attempt::FIRST,
        status,
        reason: None,
        text: String::new(),
        artifacts: vec![],
        at: Timestamp::UNIX_EPOCH,
    })
}

#[tokio::test]
async fn an_event_reaches_those_who_chose_it_and_nobody_need_listen() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (exchange, queue) = (world.queue().to_string(), world.queue());
    let events = AmqpEvents::new(world.settings.clone(), &exchange);
    events
        .tell(&event(Status::Done)?)
        .await
        .context("nobody listens, and the exchange is not there yet")?;

    world.admin.declare_queue(&queue, None).await?;
    let channel = world.raw().await?;
    let bind = channel.queue_bind(
        queue.as_str().into(),
        exchange.as_str().into(),
        "done.*".into(),
        QueueBindOptions::default(),
        FieldTable::default(),
    );
    bind.await?;
    for status in [Status::Building, Status::Done] {
        events.tell(&event(status)?).await?;
    }

    let got = channel
        .basic_get(queue.as_str().into(), BasicGetOptions { no_ack: true })
        .await?;
    let got = got.context("no event came")?.delivery;
    ensure!(
        got.routing_key.as_str() == "done.cnx_any_latex_pdf",
        "{:?}",
        got.routing_key
    );
    let properties = &got.properties;
    let content_type = properties.content_type().as_ref().map(ToString::to_string);
    ensure!(
        content_type.as_deref() == Some("application/cloudevents+json"),
        "{content_type:?}"
    );
    ensure!(*properties.delivery_mode() == Some(2));
    let written: Value = serde_json::from_slice(&got.data)?;
    ensure!(
        written == event(Status::Done)?.cloud_event(&world.settings.box_name),
        "{written}"
    );
    ensure!(
        channel
            .basic_get(queue.as_str().into(), BasicGetOptions { no_ack: true })
            .await?
            .is_none()
    );
    channel
        .exchange_delete(exchange.as_str().into(), ExchangeDeleteOptions::default())
        .await?;
    Ok(())
}

#[tokio::test]
async fn an_exchange_that_is_deleted_is_made_again_and_one_that_must_not_be_made_is_named() -> anyhow::Result<()> {
    let world = World::new().await?;
    let exchange = world.queue().to_string();
    let events = AmqpEvents::new(world.settings.clone(), &exchange);
    events.tell(&event(Status::Done)?).await?;
    let channel = world.raw().await?;
    channel
        .exchange_delete(exchange.as_str().into(), ExchangeDeleteOptions::default())
        .await?;
    ensure!(
        events.tell(&event(Status::Done)?).await.is_err(),
        "the broker says that it is gone"
    );
    events.tell(&event(Status::Done)?).await?;
    let found = world.admin.look_at_exchange(&exchange, ExchangeType::Topic).await?;
    ensure!(found != rbit_amqp::ExchangeFound::Missing);
    channel
        .exchange_delete(exchange.as_str().into(), ExchangeDeleteOptions::default())
        .await?;

    let timid = AmqpSettings {
        declare: false,
        ..world.settings.clone()
    };
    let error = AmqpEvents::new(timid, &exchange)
        .tell(&event(Status::Done)?)
        .await
        .unwrap_err();
    let text = rbit_job::error_chain(&error);
    ensure!(text.contains("declare = no"), "{text}");
    Ok(())
}
