//! `publish`: one message, stored or refused with a reason.

use anyhow::ensure;
use rbit_amqp::{AdminError, EXCHANGE, Message, PublishError, Route, SettingsError, publish};
use rbit_job::{Disposition, QueueName, port::JobSource};

use crate::world::{World, take};

#[tokio::test]
async fn a_message_is_pushed_through_the_exchange_as_pybit_does() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (queue, key) = world.pybit_queue();
    world.admin.declare_queue(&queue, None).await?;
    world.admin.bind_to_pybit(&queue, &key).await?;
    let route = Route::Exchange {
        exchange: EXCHANGE.to_owned(),
        key,
    };
    publish(&world.settings, &route, &Message::persistent("{}")).await?;

    let stored = world.admin.peek(&queue, 2).await?;
    let [message] = &stored[..] else {
        anyhow::bail!("{stored:?}")
    };
    ensure!(message.body == b"{}" && message.persistent, "{message:?}");
    ensure!(
        message.message_id.is_none() && message.headers.is_empty(),
        "{message:?}"
    );
    let mut source = world.open(&[&queue])?;
    take(&mut source).await?.settle(&Disposition::Ack).await?;
    Box::new(source).close().await;
    Ok(())
}

#[tokio::test]
async fn a_message_that_no_queue_takes_is_an_error_that_says_where_it_was_sent() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (queue, key) = world.pybit_queue();
    world.admin.declare_queue(&queue, None).await?;
    world.admin.bind_to_pybit(&queue, &key).await?;
    let routes = [
        Route::Queue(world.queue().to_string()),
        Route::Exchange {
            exchange: EXCHANGE.to_owned(),
            key: format!("{key}x"),
        },
    ];
    for route in routes {
        let error = publish(&world.settings, &route, &Message::persistent("{}"))
            .await
            .unwrap_err();
        ensure!(error.help().is_some());
        let AdminError::Publish(PublishError::Unroutable { .. }) = &error else {
            anyhow::bail!("{error:?}")
        };
        let text = format!("{:#}", anyhow::Error::from(error));
        ensure!(
            text.ends_with(&format!("no queue takes a message to {route}")),
            "{text}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn an_exchange_that_is_not_there_is_an_error_and_the_next_message_gets_through() -> anyhow::Result<()> {
    let world = World::new().await?;
    let route = Route::Exchange {
        exchange: world.queue().to_string(),
        key: "x".to_owned(),
    };
    let error = world
        .admin
        .publish(&route, &Message::persistent("{}"))
        .await
        .unwrap_err();
    ensure!(
        matches!(
            error,
            PublishError::Send {
                is_transient: false,
                ..
            }
        ),
        "{error:?}"
    );
    world.queue_with(b"{}").await?;
    Ok(())
}

#[tokio::test]
async fn names_that_the_protocol_cannot_carry_are_errors() -> anyhow::Result<()> {
    let world = World::new().await?;
    let route = Route::Queue("q".repeat(256));
    let error = world
        .admin
        .publish(&route, &Message::persistent("{}"))
        .await
        .unwrap_err();
    ensure!(matches!(error, PublishError::TooLong { .. }), "{error:?}");

    let settings = rbit_amqp::AmqpSettings {
        virtual_host: "v".repeat(256),
        ..world.settings.clone()
    };
    let error = publish(&settings, &route, &Message::default()).await.unwrap_err();
    ensure!(
        matches!(error, AdminError::Settings(SettingsError::VirtualHost)),
        "{error:?}"
    );
    Ok(())
}

#[tokio::test]
async fn messages_are_taken_by_choice_and_the_others_stay_in_order() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue: QueueName = world.queue_with(b"1").await?;
    for body in [b"2", b"3"] {
        world.publish(&queue, body).await?;
    }
    let taken = world.admin.take(&queue, 10, |message| message.body == b"2").await?;
    ensure!(taken.len() == 1 && taken[0].body == b"2", "{taken:?}");
    let left: Vec<_> = world
        .admin
        .peek(&queue, 10)
        .await?
        .into_iter()
        .map(|message| message.body)
        .collect();
    ensure!(left == [b"1", b"3"], "{left:?}");
    Ok(())
}
