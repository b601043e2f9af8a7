//! Messages as commands and tests handle them.

use std::{collections::BTreeMap, fmt};

use lapin::{
    BasicProperties,
    types::{FieldTable, ShortString, ShortStringError},
};

use crate::{headers, topology::text};

/// A message outside a job's life: one that is pushed, or that was found in a queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Its bytes.
    pub body: Vec<u8>,
    /// Whether it survives a restart of the broker.
    pub persistent: bool,
    /// The producer's id.
    pub message_id: Option<String>,
    /// What its body is.
    pub content_type: Option<String>,
    /// Its headers, as texts: numbers in decimal, other values in a form for people.
    pub headers: BTreeMap<String, String>,
}

impl Message {
    /// A message as PyBit's front-end sends them: persistent, and without any other property.
    pub fn persistent(body: impl Into<Vec<u8>>) -> Self {
        Self {
            body: body.into(),
            persistent: true,
            ..Self::default()
        }
    }

    /// Its properties on the wire.
    pub(crate) fn properties(&self) -> Result<BasicProperties, ShortStringError> {
        let mut properties = BasicProperties::default();
        if self.persistent {
            properties = properties.with_delivery_mode(PERSISTENT);
        }
        if let Some(id) = &self.message_id {
            properties = properties.with_message_id(ShortString::try_new(id.as_str())?);
        }
        if let Some(content_type) = &self.content_type {
            properties = properties.with_content_type(ShortString::try_new(content_type.as_str())?);
        }
        if self.headers.is_empty() {
            return Ok(properties);
        }
        let mut table = FieldTable::default();
        for (name, value) in &self.headers {
            table.insert(ShortString::try_new(name.as_str())?, text(value));
        }
        Ok(properties.with_headers(table))
    }

    pub(crate) fn received(properties: &BasicProperties, body: Vec<u8>) -> Self {
        let headers = properties.headers().iter().flatten();
        Self {
            body,
            persistent: *properties.delivery_mode() == Some(PERSISTENT),
            message_id: properties.message_id().as_ref().map(ToString::to_string),
            content_type: properties.content_type().as_ref().map(ToString::to_string),
            headers: headers
                .map(|(name, value)| (name.to_string(), headers::as_text(value)))
                .collect(),
        }
    }
}

/// Where a message is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// To an exchange, with a routing key: to the queues that are bound so.
    Exchange {
        /// Its name, such as [`EXCHANGE`](crate::EXCHANGE).
        exchange: String,
        /// The key, such as [`routing_key`](crate::routing_key) gives.
        key: String,
    },
    /// To one queue, by its name.
    Queue(String),
}

impl Route {
    /// Exchange and key on the wire. The nameless exchange leads to the queue that the key names.
    pub(crate) fn parts(&self) -> (&str, &str) {
        match self {
            Self::Exchange { exchange, key } => (exchange, key),
            Self::Queue(queue) => ("", queue),
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exchange { exchange, key } => write!(f, "exchange `{exchange}` with key `{key}`"),
            Self::Queue(queue) => write!(f, "queue `{queue}`"),
        }
    }
}

/// The delivery mode of messages that survive a restart of the broker.
pub(crate) const PERSISTENT: u8 = 2;
