//! Messages as commands and tests handle them.

use std::{collections::BTreeMap, fmt};

use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable, ShortString, ShortStringError},
};

use crate::{
    copies::{ORIGIN_QUEUE, PARKED_AT, PARKING},
    headers,
    kept::{self, REQUEUED},
    topology::text,
};

/// A message outside a job's life: one that is pushed, or that was found in a queue.
#[derive(Clone, Debug, Default, PartialEq)]
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
    /// What else is said of it, and its headers as they were found: it is sent as it came.
    pub rest: Rest,
}

/// The properties of a message that nobody looks at, carried from where it was found to where it is sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rest(BasicProperties);

impl Message {
    /// A message as PyBit's front-end sends them: persistent, and without any other property.
    pub fn persistent(body: impl Into<Vec<u8>>) -> Self {
        Self {
            body: body.into(),
            persistent: true,
            ..Self::default()
        }
    }

    /// A parked message as it was before it was parked, to be tried as its first attempt: with all that its producer said of it,
    /// without what parking and the broker added, and with a mark that a person wants it run: when it was parked, so that it is another
    /// job than before, and the same one if it is put back twice.
    #[must_use]
    pub fn unparked(&self) -> Self {
        let mut headers = kept::headers(&self.rest.0);
        headers.insert(REQUEUED.into(), text(&self.mark()));
        let kept = kept::properties(&self.rest.0).with_headers(headers);
        let mut message = Self::received(&kept, self.body.clone());
        message.headers.retain(|name, _| !PARKING.contains(&name.as_str()));
        message
    }

    /// What the broker parked by itself does not say when.
    fn mark(&self) -> String {
        let parked_at = self
            .rest
            .0
            .headers()
            .as_ref()
            .and_then(|table| table.inner().get(PARKED_AT));
        parked_at.map_or_else(|| format!("{:032x}", fastrand::u128(..)), headers::as_text)
    }

    /// The queue that a parked message came from. One that the broker put there by itself, as it does with messages that were handed
    /// out too often, has its word for that.
    pub fn parked_from(&self) -> Option<&str> {
        [ORIGIN_QUEUE, "x-first-death-queue"]
            .into_iter()
            .find_map(|name| self.headers.get(name))
            .map(String::as_str)
    }

    /// Why a message is parked, in our words or the broker's.
    pub fn parked_because(&self) -> Option<&str> {
        ["x-rbit-reason", "x-first-death-reason"]
            .into_iter()
            .find_map(|name| self.headers.get(name))
            .map(String::as_str)
    }

    /// Its properties on the wire.
    pub(crate) fn properties(&self) -> Result<BasicProperties, ShortStringError> {
        let mut properties = BasicProperties::default();
        if self.rest != Rest::default() {
            properties = kept::properties(&self.rest.0);
        }
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
            table.insert(ShortString::try_new(name.as_str())?, self.header_value(name, value));
        }
        Ok(properties.with_headers(table))
    }

    /// The value of a header: as it was found, if that is what it says.
    fn header_value(&self, name: &str, said: &str) -> AMQPValue {
        let found = self.rest.0.headers().as_ref().and_then(|table| table.inner().get(name));
        found
            .filter(|found| headers::as_text(found) == said)
            .cloned()
            .unwrap_or_else(|| text(said))
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
            rest: Rest(properties.clone()),
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
