//! A parked message, wherever it is parked.

use std::collections::BTreeMap;

use rbit_amqp::Rest;
use rbit_job::QueueName;

/// What a person is told of it.
#[derive(Clone, Debug)]
pub(super) struct Parked {
    /// Names it; the same from one look to the next.
    pub(super) id: String,
    /// The queue it came from; a message that somebody else put there may not say.
    pub(super) queue: Option<QueueName>,
    pub(super) reason: String,
    pub(super) text: String,
    pub(super) attempt: Option<u32>,
    /// RFC 3339.
    pub(super) parked: Option<String>,
    /// Who parked it.
    pub(super) box_name: Option<String>,
    pub(super) message_id: Option<String>,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
    /// What else a broker has of it.
    pub(super) rest: Rest,
}

impl Parked {
    /// Whether it came from this queue.
    pub(super) fn is_from(&self, queue: &QueueName) -> bool {
        self.queue.as_ref() == Some(queue)
    }
}
