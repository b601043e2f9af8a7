//! What the broker has, held against what is needed.

use std::time::Duration;

use anyhow::{bail, ensure};
use lapin::{
    options::{BasicGetOptions, ExchangeDeclareOptions, ExchangeDeleteOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable},
};
use rbit_amqp::{
    Admin, AmqpSettings, Comparison, ExchangeFound, ExchangeType, Permission, QueueFound, QueueNeed, QueueType, Setting,
};
use rbit_job::{Attempt, Disposition, QueueName, port::JobSource};

use rbit_testkit::PrivateBroker;

use crate::world::{STEPS, World, take, until};

async fn differences(world: &World, need: &QueueNeed) -> anyhow::Result<Vec<(String, Setting)>> {
    match world.admin.look_at_queue(need).await? {
        QueueFound::There {
            comparison: Comparison::Made(differences),
            ..
        } => Ok(differences.into_iter().map(|one| (one.name, one.found)).collect()),
        other => bail!("{other:?}"),
    }
}

fn is(value: &str) -> Setting {
    Setting::Is(value.to_owned())
}

#[tokio::test]
async fn a_queue_that_is_missing_is_not_made_by_looking() -> anyhow::Result<()> {
    let world = World::new().await?;
    let need = QueueNeed::work(&world.queue(), None);
    for _ in 0..2 {
        ensure!(world.admin.look_at_queue(&need).await? == QueueFound::Missing);
    }
    world.admin.make_queue(&need).await?;
    ensure!(differences(&world, &need).await?.is_empty());
    Ok(())
}

/// On a node of its own, as users are the whole node's.
#[tokio::test]
async fn what_a_user_may_not_do_is_found_out_without_doing_it() -> anyhow::Result<()> {
    let node = PrivateBroker::start("")?;
    let world = World::at(node.broker()).await?;
    let queue = world.queue_with(b"{}").await?;
    node.control(&["add_user", "limited", "secret"])?;
    let limited = AmqpSettings {
        user: "limited".to_owned(),
        password: "secret".to_owned().into(),
        ..world.settings.clone()
    };
    let (all, none) = ([Permission::Configure, Permission::Write, Permission::Read], []);
    let held = "^rbit\\.held\\.";
    // What may be configured, written and read; whether jobs may be taken; what lacks for retries, and for holding.
    let table = [
        [".*", ".*", ".*"].map(str::to_owned),
        ["", "", ""].map(str::to_owned),
        [
            held.to_owned(),
            "^amq\\.default$".to_owned(),
            format!("{held}|^{queue}$"),
        ],
    ];
    let expected: [(bool, &[Permission], &[Permission]); 3] = [
        (true, &none, &none),
        (false, &all, &all),
        (true, &[Permission::Configure, Permission::Read], &none),
    ];
    for (permissions, (may_consume, for_retries, for_holding)) in table.iter().zip(expected) {
        let [configure, write, read] = permissions.each_ref().map(String::as_str);
        node.control(&["set_permissions", "limited", configure, write, read])?;
        let admin = Admin::connect(&limited).await?;
        ensure!(admin.may_consume(&queue).await? == may_consume, "{permissions:?}");
        ensure!(admin.lacks_for_retries(&queue).await? == for_retries, "{permissions:?}");
        ensure!(admin.lacks_for_holding().await? == for_holding, "{permissions:?}");
        admin.close().await;
    }
    let queues = node.control(&["list_queues", "name", "messages"])?;
    ensure!(
        queues.lines().count() == 2 && queues.contains(&format!("{queue}\t1")),
        "{queues}"
    );
    let message = world
        .raw()
        .await?
        .basic_get(queue.as_str().into(), BasicGetOptions { no_ack: true })
        .await?;
    ensure!(
        message.is_some_and(|message| !message.delivery.redelivered),
        "it was taken"
    );
    Ok(())
}

#[tokio::test]
async fn every_difference_of_a_queue_is_told_and_its_messages_are_counted() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue();
    let mut arguments = FieldTable::default();
    arguments.insert("x-message-ttl".into(), AMQPValue::LongInt(3_600_000));
    arguments.insert("x-max-length".into(), AMQPValue::LongLongInt(7));
    arguments.insert("x-dead-letter-exchange".into(), AMQPValue::LongString("gone".into()));
    arguments.insert("x-overflow".into(), AMQPValue::LongString("reject-publish".into()));
    let options = QueueDeclareOptions::default();
    world
        .raw()
        .await?
        .queue_declare(queue.as_str().into(), options, arguments)
        .await?;
    world.publish(&queue, b"{}").await?;

    let need = QueueNeed::work(&queue, None);
    let mut found = differences(&world, &need).await?;
    found.sort_by(|one, other| one.0.cmp(&other.0));
    let expected = [
        ("durable", is("false")),
        ("x-dead-letter-exchange", is("gone")),
        ("x-max-length", is("7")),
        ("x-message-ttl", is("3600000")),
        ("x-overflow", is("reject-publish")),
    ];
    ensure!(
        found == expected.map(|(name, value)| (name.to_owned(), value)),
        "{found:?}"
    );
    let seen = world.admin.look_at_queue(&need).await?;
    ensure!(
        matches!(
            seen,
            QueueFound::There {
                messages: 1,
                consumers: 0,
                ..
            }
        ),
        "{seen:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_queue_of_another_type_is_told_in_both_directions() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (classic, quorum) = (world.queue(), world.queue());
    world.admin.declare_queue(&classic, None).await?;
    world.admin.declare_queue(&quorum, Some(QueueType::Quorum)).await?;
    let found = differences(&world, &QueueNeed::work(&quorum, None)).await?;
    ensure!(found == [("x-queue-type".to_owned(), is("quorum"))], "{found:?}");
    let found = differences(&world, &QueueNeed::work(&classic, Some(QueueType::Quorum))).await?;
    let [(name, Setting::Unset | Setting::Is(_))] = &found[..] else {
        bail!("{found:?}")
    };
    ensure!(name == "x-queue-type");
    Ok(())
}

#[tokio::test]
async fn the_retry_queue_that_a_settlement_makes_is_the_one_that_is_needed() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue_with(b"{}").await?;
    let mut source = world.open(&[&queue])?;
    let delay = STEPS[1];
    let retry = Disposition::Retry {
        delay,
        attempt: Attempt::new(2),
    };
    take(&mut source).await?.settle(&retry).await?;
    Box::new(source).close().await;
    ensure!(
        differences(&world, &QueueNeed::retry(&queue, delay, None))
            .await?
            .is_empty()
    );
    Ok(())
}

#[tokio::test]
async fn a_retry_queue_with_another_delay_or_way_back_is_told() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (queue, other) = (world.queue(), world.queue());
    let delay = Duration::from_secs(10);
    let name = world.keep(QueueName::new(format!("rbit.retry.{queue}.10000"))?);
    let mut arguments = FieldTable::default();
    arguments.insert("x-message-ttl".into(), AMQPValue::LongInt(5));
    arguments.insert("x-dead-letter-exchange".into(), AMQPValue::LongString("".into()));
    arguments.insert(
        "x-dead-letter-routing-key".into(),
        AMQPValue::LongString(other.as_str().into()),
    );
    world
        .raw()
        .await?
        .queue_declare(name.as_str().into(), QueueDeclareOptions::durable(), arguments)
        .await?;
    let mut found = differences(&world, &QueueNeed::retry(&queue, delay, None)).await?;
    found.sort_by(|one, other| one.0.cmp(&other.0));
    let expected = [
        ("x-dead-letter-routing-key".to_owned(), is(other.as_str())),
        ("x-message-ttl".to_owned(), is("5")),
    ];
    ensure!(found == expected, "{found:?}");
    Ok(())
}

#[tokio::test]
async fn a_queue_of_another_connection_alone_is_locked() -> anyhow::Result<()> {
    let world = World::new().await?;
    let name = world.queue();
    let need = QueueNeed::command(name.as_str());
    let holder = world.raw().await?;
    let exclusive = QueueDeclareOptions {
        exclusive: true,
        auto_delete: true,
        ..QueueDeclareOptions::default()
    };
    holder
        .queue_declare(name.as_str().into(), exclusive, FieldTable::default())
        .await?;
    ensure!(world.admin.look_at_queue(&need).await? == QueueFound::Locked);
    drop(holder);
    until("the queue is gone with its connection", async || {
        Ok(world.admin.look_at_queue(&need).await? == QueueFound::Missing)
    })
    .await
}

#[tokio::test]
async fn an_exchange_of_another_type_is_told() -> anyhow::Result<()> {
    let world = World::new().await?;
    let name = world.queue().to_string();
    let look = async |kind| world.admin.look_at_exchange(&name, kind).await;
    ensure!(look(ExchangeType::Direct).await? == ExchangeFound::Missing);
    let channel = world.raw().await?;
    let durable = ExchangeDeclareOptions {
        durable: true,
        ..ExchangeDeclareOptions::default()
    };
    channel
        .exchange_declare(
            name.as_str().into(),
            lapin::ExchangeKind::Topic,
            durable,
            FieldTable::default(),
        )
        .await?;
    ensure!(look(ExchangeType::Topic).await? == ExchangeFound::There(Comparison::Made(vec![])));
    let ExchangeFound::There(Comparison::Made(found)) = look(ExchangeType::Direct).await? else {
        bail!("not compared")
    };
    ensure!(
        found.len() == 1 && found[0].name == "type" && found[0].found == is("topic"),
        "{found:?}"
    );
    channel
        .exchange_delete(name.as_str().into(), ExchangeDeleteOptions::default())
        .await?;
    Ok(())
}
