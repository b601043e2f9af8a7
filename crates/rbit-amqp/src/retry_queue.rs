//! The queues in which messages wait for their next try.

use std::time::Duration;

use lapin::types::{AMQPValue, FieldTable};
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
