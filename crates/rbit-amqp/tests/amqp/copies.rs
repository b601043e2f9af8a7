//! What a message still has after a retry and in the parking place.

use std::pin::pin;

use anyhow::{Context, ensure};
use futures_util::FutureExt;
use lapin::{
    BasicProperties,
    options::{BasicGetOptions, BasicPublishOptions},
    types::{AMQPValue, FieldArray, FieldTable, ShortString},
};
use rbit_amqp::{AmqpSource, Route};
use rbit_job::{
    Attempt, Disposition, QueueName, Reason,
    port::{JobSource, SettleError},
};

use crate::world::{STEPS, World, listen, take, until};

#[tokio::test]
async fn a_retry_copy_has_all_that_the_producer_wrote() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue();
    world.admin.declare_queue(&queue, None).await?;
    let channel = world.raw().await?;
    let sent = properties();
    publish(&channel, queue.as_str(), sent.clone()).await?;

    let mut source = world.open(&[&queue])?;
    let retry = Disposition::Retry {
        delay: STEPS[1],
        attempt: Attempt::new(2),
    };
    take(&mut source).await?.settle(&retry).await?;
    let retry_queue = format!("rbit.retry.{queue}.300000");
    let copy = channel
        .basic_get(retry_queue.as_str().into(), BasicGetOptions { no_ack: true })
        .await?
        .context("no copy")?;

    let mut table = headers();
    table.insert("x-rbit-attempt".into(), AMQPValue::LongLongInt(2));
    for (name, value) in [("queue", queue.as_str()), ("exchange", ""), ("key", queue.as_str())] {
        table.insert(
            format!("x-rbit-origin-{name}").into(),
            AMQPValue::LongString(value.into()),
        );
    }
    ensure!(copy.delivery.data == BODY);
    let expected = sent
        .with_delivery_mode(2)
        .with_expiration("300000".into())
        .with_headers(table);
    ensure!(copy.delivery.properties == expected, "{:?}", copy.delivery.properties);
    Box::new(source).close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_went_back_before_its_copy_could_be_stored_has_none() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue_with(b"job").await?;
    let proxy = world.proxy().await?;
    let mut source = AmqpSource::open(world.through(&proxy), vec![listen(&queue, 1)])?;
    let delivery = take(&mut source).await?;

    // The connection on which copies are stored is made when the first one is.
    proxy.refuse().await;
    let retry = Disposition::Retry {
        delay: STEPS[1],
        attempt: Attempt::new(2),
    };
    let mut settling = pin!(delivery.settle(&retry));
    ensure!(settling.as_mut().now_or_never().is_none());
    proxy.cut();
    proxy.listen().await?;

    let came_back = take(&mut source).await?;
    ensure!(came_back.redelivered);
    let settled = settling.await;
    ensure!(matches!(settled, Err(SettleError::Stale)), "{settled:?}");
    let retry_queue = world.keep(QueueName::new(format!("rbit.retry.{queue}.300000"))?);
    let copies = world.admin.depth(&retry_queue).await?;
    ensure!(copies.is_none(), "{copies:?}");
    Box::new(source).close().await;
    Ok(())
}

#[tokio::test]
async fn a_parked_copy_has_it_as_well_after_retries() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue();
    world.admin.declare_queue(&queue, None).await?;
    publish(&world.raw().await?, queue.as_str(), properties()).await?;

    let mut source = world.open(&[&queue])?;
    let retry = Disposition::Retry {
        delay: STEPS[0],
        attempt: Attempt::new(2),
    };
    take(&mut source).await?.settle(&retry).await?;
    take(&mut source).await?.settle(&parking()).await?;
    Box::new(source).close().await;

    let parked = world.parked(&queue).await?.pop().context("nothing parked")?;
    ensure!(
        parked.body == BODY && parked.persistent && parked.message_id.as_deref() == Some("m-1"),
        "{parked:?}"
    );
    let expected = [
        ("producer", "front-end"),
        ("x-rbit-attempt", "2"),
        ("x-rbit-box", "test-box"),
        ("x-rbit-origin-exchange", ""),
        ("x-rbit-origin-key", queue.as_str()),
        ("x-rbit-origin-queue", queue.as_str()),
        ("x-rbit-reason", "undecodable"),
        ("x-rbit-text", "no JSON"),
    ];
    for (name, value) in expected {
        ensure!(
            parked.headers.get(name).map(String::as_str) == Some(value),
            "{name}: {parked:?}"
        );
    }
    ensure!(
        parked.headers.contains_key("x-rbit-parked-at") && !parked.headers.contains_key("x-death"),
        "{parked:?}"
    );
    Ok(())
}

/// What `rbit parked requeue` sends, from what it finds.
#[tokio::test]
async fn a_message_that_is_requeued_after_it_was_parked_is_as_its_producer_sent_it() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue();
    world.admin.declare_queue(&queue, None).await?;
    let channel = world.raw().await?;
    let sent = properties().with_expiration("86400000".into());
    publish(&channel, queue.as_str(), sent).await?;
    let mut source = world.open(&[&queue])?;
    take(&mut source).await?.settle(&parking()).await?;
    Box::new(source).close().await;

    let parked = world.parked(&queue).await?.pop().context("nothing parked")?;
    ensure!(parked.parked_from() == Some(queue.as_str()) && parked.parked_because() == Some("undecodable"));
    let route = Route::Queue(queue.to_string());
    world.admin.publish(&route, &parked.unparked()).await?;
    let again = channel
        .basic_get(queue.as_str().into(), BasicGetOptions { no_ack: true })
        .await?
        .context("not requeued")?;
    let mut table = headers();
    for (name, value) in [("exchange", ""), ("key", queue.as_str())] {
        table.insert(
            format!("x-rbit-origin-{name}").into(),
            AMQPValue::LongString(value.into()),
        );
    }
    // What tells it from the message that was parked, also when it is handed out twice.
    let parked_at = parked.headers["x-rbit-parked-at"].as_str();
    table.insert("x-rbit-requeued".into(), AMQPValue::LongString(parked_at.into()));
    ensure!(again.delivery.data == BODY);
    let expected = properties().with_delivery_mode(2).with_headers(table);
    ensure!(again.delivery.properties == expected, "{:?}", again.delivery.properties);
    Ok(())
}

#[tokio::test]
async fn a_message_that_is_requeued_is_another_job_than_before_and_its_retries_are_the_same_one() -> anyhow::Result<()>
{
    let world = World::new().await?;
    let queue = world.queue_with(b"job").await?;
    let mut source = world.open(&[&queue])?;
    let before = take(&mut source).await?;
    let key = before.key();
    before.settle(&parking()).await?;
    let parked = world.parked(&queue).await?.pop().context("nothing parked")?;
    let route = Route::Queue(queue.to_string());
    world.admin.publish(&route, &parked.unparked()).await?;

    let requeued = take(&mut source).await?;
    let its_key = requeued.key();
    ensure!(its_key != key && requeued.requeued.is_some(), "{requeued:?}");
    let retry = Disposition::Retry {
        delay: STEPS[0],
        attempt: Attempt::new(2),
    };
    requeued.settle(&retry).await?;
    let retried = take(&mut source).await?;
    ensure!(retried.key() == its_key && retried.requeued.is_some(), "{retried:?}");
    retried.settle(&Disposition::Ack).await?;
    Box::new(source).close().await;
    Ok(())
}

/// RabbitMQ routes by the header `CC` as well as by the key: a copy must not reach those queues once more.
#[tokio::test]
async fn a_retry_does_not_repeat_what_the_producer_sent_elsewhere() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (queue, other) = (world.queue(), world.queue());
    for queue in [&queue, &other] {
        world.admin.declare_queue(queue, None).await?;
    }
    let mut table = FieldTable::default();
    let also = FieldArray::from(vec![AMQPValue::LongString(other.as_str().into())]);
    table.insert("CC".into(), AMQPValue::FieldArray(also));
    publish(
        &world.raw().await?,
        queue.as_str(),
        BasicProperties::default().with_headers(table),
    )
    .await?;
    let in_other = async |count| {
        Ok(world
            .admin
            .depth(&other)
            .await?
            .is_some_and(|depth| depth.messages == count))
    };
    until("the other queue has its message", async || in_other(1).await).await?;

    let mut source = world.open(&[&queue])?;
    let retry = Disposition::Retry {
        delay: STEPS[0],
        attempt: Attempt::new(2),
    };
    take(&mut source).await?.settle(&retry).await?;
    take(&mut source).await?.settle(&Disposition::Ack).await?;
    ensure!(in_other(1).await?, "the copy went there, too");
    Box::new(source).close().await;
    Ok(())
}

#[tokio::test]
async fn a_message_larger_than_a_request_may_be_is_still_handed_out_and_parked() -> anyhow::Result<()> {
    let world = World::new().await?;
    let body = vec![b'x'; rbit_job::JobRequest::MAX_BODY * 2];
    let queue = world.queue_with(&body).await?;
    let mut source = world.open(&[&queue])?;
    let delivery = take(&mut source).await?;
    ensure!(delivery.body == body);
    delivery
        .settle(&Disposition::Park {
            reason: Reason::Undecodable,
            text: String::new(),
        })
        .await?;
    let parked = world.parked(&queue).await?;
    ensure!(parked.len() == 1 && parked[0].body == body);
    Box::new(source).close().await;
    Ok(())
}

fn headers() -> FieldTable {
    let mut table = FieldTable::default();
    table.insert("producer".into(), AMQPValue::LongString("front-end".into()));
    table.insert(
        "nested".into(),
        AMQPValue::FieldArray(vec![AMQPValue::Boolean(true), AMQPValue::Void].into()),
    );
    table
}

fn parking() -> Disposition {
    Disposition::Park {
        reason: Reason::Undecodable,
        text: "no JSON".into(),
    }
}

fn properties() -> BasicProperties {
    let short = |text: &str| ShortString::from(text);
    BasicProperties::default()
        .with_content_type(short("application/json"))
        .with_content_encoding(short("utf-8"))
        .with_priority(4)
        .with_correlation_id(short("c-1"))
        .with_reply_to(short("answers"))
        .with_message_id(short("m-1"))
        .with_timestamp(1_352_000_000)
        .with_type(short("BuildRequest"))
        .with_app_id(short("pybit"))
        .with_headers(headers())
}

async fn publish(channel: &lapin::Channel, queue: &str, properties: BasicProperties) -> anyhow::Result<()> {
    channel
        .basic_publish(
            "".into(),
            queue.into(),
            BasicPublishOptions::default(),
            BODY,
            properties,
        )
        .await?
        .await?;
    Ok(())
}

const BODY: &[u8] = b"{\"a\": \"\xff\0\"}";
