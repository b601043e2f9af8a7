//! Queues, exchanges and bindings: looking for them, making them, and never changing those that are there.
//!
//! The broker answers a mistake by closing the channel. Whatever may be one is therefore asked on a channel of its own.

use lapin::{
    Channel, Connection, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable, ShortString},
};

use crate::{QueueType, broker_error::BrokerError, names::EXCHANGE};

/// Makes a durable queue.
pub(crate) async fn declare_queue(
    connection: &Connection,
    queue: ShortString,
    arguments: FieldTable,
) -> Result<(), BrokerError> {
    let channel = connection.create_channel().await?;
    channel
        .queue_declare(queue, QueueDeclareOptions::durable(), arguments)
        .await?;
    close(&channel).await;
    Ok(())
}

/// Binds a queue to the exchange `pybit`, which is made if it is missing.
pub(crate) async fn bind_to_pybit(connection: &Connection, queue: ShortString, key: &str) -> Result<(), BrokerError> {
    ensure_pybit(connection).await?;
    bind(connection, queue, key).await
}

/// Binds a queue to the exchange `pybit`, which must be there.
pub(crate) async fn bind(connection: &Connection, queue: ShortString, key: &str) -> Result<(), BrokerError> {
    let key = ShortString::try_new(key)?;
    let channel = connection.create_channel().await?;
    channel
        .queue_bind(
            queue,
            EXCHANGE.into(),
            key,
            QueueBindOptions::default(),
            FieldTable::default(),
        )
        .await?;
    close(&channel).await;
    Ok(())
}

/// Makes the exchange `pybit` if it is missing.
pub(crate) async fn ensure_pybit(connection: &Connection) -> Result<(), BrokerError> {
    let passive = ExchangeDeclareOptions {
        passive: true,
        ..ExchangeDeclareOptions::default()
    };
    match declare_pybit(connection, passive).await {
        Err(error) if error.is_not_found() => {
            let durable = ExchangeDeclareOptions {
                durable: true,
                ..ExchangeDeclareOptions::default()
            };
            declare_pybit(connection, durable).await
        }
        other => other,
    }
}

async fn declare_pybit(connection: &Connection, options: ExchangeDeclareOptions) -> Result<(), BrokerError> {
    let channel = connection.create_channel().await?;
    channel
        .exchange_declare(EXCHANGE.into(), ExchangeKind::Direct, options, FieldTable::default())
        .await?;
    close(&channel).await;
    Ok(())
}

/// How many messages are ready in a queue and how many consumers it has; `None` if there is no such queue.
pub(crate) async fn depth(connection: &Connection, queue: ShortString) -> Result<Option<(u32, u32)>, BrokerError> {
    let channel = connection.create_channel().await?;
    let passive = QueueDeclareOptions::durable().passive();
    let looked = channel
        .queue_declare(queue, passive, FieldTable::default())
        .await
        .map_err(BrokerError::from);
    match looked {
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
        Ok(queue) => {
            close(&channel).await;
            Ok(Some((queue.message_count(), queue.consumer_count())))
        }
    }
}

/// The arguments that make a queue of this type.
pub(crate) fn type_arguments(queue_type: Option<QueueType>) -> FieldTable {
    let mut arguments = FieldTable::default();
    if let Some(queue_type) = queue_type {
        arguments.insert("x-queue-type".into(), text(queue_type.as_str()));
    }
    arguments
}

/// A text as the value of a header or argument.
pub(crate) fn text(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}

/// Closes a channel that has served. An error says that it is closed already.
pub(crate) async fn close(channel: &Channel) {
    let _ = channel.close(REPLY_SUCCESS, "done".into()).await;
}

pub(crate) const REPLY_SUCCESS: u16 = 200;
