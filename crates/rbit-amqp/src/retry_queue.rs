//! The queues in which messages wait for their next try.

use std::time::Duration;

use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable},
};
use rbit_job::QueueName;

use crate::{
    QueueType,
    names::delay_ms,
    topology::{text, type_arguments},
};

/// The arguments of the retry queue of a queue for one delay: what it holds expires into that queue again.
pub(crate) fn retry_arguments(queue: &QueueName, delay: Duration, queue_type: Option<QueueType>) -> FieldTable {
    let mut arguments = type_arguments(queue_type);
    arguments.insert("x-message-ttl".into(), AMQPValue::LongLongInt(delay_ms(delay).into()));
    arguments.insert("x-dead-letter-exchange".into(), text(""));
    arguments.insert("x-dead-letter-routing-key".into(), text(queue.as_str()));
    if queue_type == Some(QueueType::Quorum) {
        // Otherwise a message could be lost on its way back.
        arguments.insert("x-dead-letter-strategy".into(), text("at-least-once"));
        arguments.insert("x-overflow".into(), text("reject-publish"));
    }
    arguments
}

/// The properties of a copy that waits in such a queue.
///
/// RabbitMQ (3.10) lets others publish to a quorum queue a moment before the queue knows its own `x-message-ttl`. What comes
/// in that moment has no end: it stays the first in the queue, and since a queue looks for expired messages at its head alone, all that
/// come later stay as well. So each copy says itself when it expires. The broker takes the property away on the way back.
pub(crate) fn waiting(copy: BasicProperties, delay: Duration, queue_type: Option<QueueType>) -> BasicProperties {
    match queue_type {
        Some(QueueType::Quorum) => copy.with_expiration(delay_ms(delay).to_string().into()),
        _ => copy,
    }
}
