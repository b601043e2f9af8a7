//! The properties of a message's copies, for the retry queue and for the parking place.
//!
//! A copy [keeps](kept) what the producer wrote, and says which attempt it is, where the message came from, and why it is put aside.

use std::time::Duration;

use jiff::Timestamp;
use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable, ShortString},
};
use rbit_job::{Attempt, BoxName, JobKey, QueueName, Reason};

use crate::{
    headers,
    kept::{self, HELD, REQUEUED, SEEN},
    names::delay_ms,
    topology::text,
};

/// A message as it reached us.
#[derive(Debug)]
pub(crate) struct Original {
    pub(crate) queue: QueueName,
    pub(crate) exchange: ShortString,
    pub(crate) routing_key: ShortString,
    pub(crate) properties: BasicProperties,
    pub(crate) body: Vec<u8>,
    /// Somebody had it before, perhaps we ourselves.
    pub(crate) is_seen: bool,
}

/// Why a message is put aside, by whom and when.
#[derive(Debug)]
pub(crate) struct Parking<'a> {
    pub(crate) reason: Reason,
    pub(crate) text: &'a str,
    pub(crate) box_name: &'a BoxName,
    pub(crate) at: Timestamp,
}

impl Original {
    /// The number of the attempt that the message is; anything odd counts as the first.
    pub(crate) fn attempt(&self) -> Attempt {
        let header = self.header(ATTEMPT).and_then(headers::as_integer);
        Attempt::new(header.and_then(|number| u32::try_from(number).ok()).unwrap_or(1))
    }

    /// What makes it the same message as another one: the same as of the delivery.
    pub(crate) fn key(&self) -> JobKey {
        let message_id = self.properties.message_id().as_ref();
        let requeued = Self::requeued(&self.properties);
        JobKey::of(&self.queue, message_id.map(|id| id.as_str()), &self.body).requeued(requeued.as_deref())
    }

    /// The properties of a copy that is tried again.
    ///
    /// The broker hands a copy out as a new message. One that is put off for the same attempt is no newer than its original: when it
    /// comes, its job may be over.
    ///
    /// The delay is the copy's own as well as its queue's: while a quorum queue is being made, RabbitMQ (3.10 does) takes in what
    /// others send to it without the queue's delay, and what has none never leaves, nor does anything behind it.
    pub(crate) fn for_retry(&self, delay: Duration, attempt: Attempt) -> BasicProperties {
        let mut table = kept::headers(&self.properties);
        self.add_origin(&mut table);
        table.insert(ATTEMPT.into(), number(attempt));
        if self.is_seen && attempt == self.attempt() {
            table.insert(SEEN.into(), AMQPValue::Boolean(true));
        }
        kept::properties(&self.properties)
            .with_headers(table)
            .with_expiration(delay_ms(delay).to_string().into())
    }

    /// The properties of a copy that holds the message while its job runs.
    pub(crate) fn for_holding(&self, copy: u32) -> BasicProperties {
        let mut table = kept::headers(&self.properties);
        self.add_origin(&mut table);
        table.insert(ATTEMPT.into(), number(self.attempt()));
        table.insert(HELD.into(), AMQPValue::LongLongInt(copy.into()));
        kept::properties(&self.properties).with_headers(table)
    }

    /// Which copy a held message is; `None` for one that never was held.
    pub(crate) fn held_copy(properties: &BasicProperties) -> Option<u32> {
        let header = properties.headers().as_ref()?.inner().get(HELD)?;
        u32::try_from(headers::as_integer(header)?).ok()
    }

    /// The mark of the time when a person put the message back after it was parked, if anybody did.
    pub(crate) fn requeued(properties: &BasicProperties) -> Option<String> {
        let mark = properties.headers().as_ref()?.inner().get(REQUEUED)?;
        Some(headers::as_text(mark))
    }

    /// Whether the message is a copy of one that somebody had before.
    pub(crate) fn is_copy_of_seen(properties: &BasicProperties) -> bool {
        let headers = properties.headers().as_ref();
        headers.is_some_and(|headers| headers.contains_key(SEEN) || headers.contains_key(HELD))
    }

    /// The properties of a copy that is put aside.
    pub(crate) fn for_parking(&self, parking: &Parking<'_>) -> BasicProperties {
        let mut table = kept::headers(&self.properties);
        self.add_origin(&mut table);
        table.insert(ATTEMPT.into(), number(self.attempt()));
        table.insert(REASON.into(), text(parking.reason.as_str()));
        table.insert(TEXT.into(), text(cut(parking.text, MAX_TEXT)));
        table.insert(BOX.into(), text(parking.box_name.as_str()));
        table.insert(PARKED_AT.into(), text(&parking.at.to_string()));
        kept::properties(&self.properties).with_headers(table)
    }

    fn header(&self, name: &str) -> Option<&AMQPValue> {
        self.properties.headers().as_ref()?.inner().get(name)
    }

    /// Where the message first came from. A copy that comes back from a retry queue knows; its own route is only the way back.
    fn add_origin(&self, table: &mut FieldTable) {
        table.insert(ORIGIN_QUEUE.into(), text(self.queue.as_str()));
        if !table.contains_key(ORIGIN_EXCHANGE) {
            table.insert(ORIGIN_EXCHANGE.into(), text(self.exchange.as_str()));
            table.insert("x-rbit-origin-key".into(), text(self.routing_key.as_str()));
        }
    }
}

fn number(attempt: Attempt) -> AMQPValue {
    AMQPValue::LongLongInt(attempt.number().into())
}

/// The longest beginning of a text with at most so many bytes.
fn cut(text: &str, max_bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(max_bytes)).unwrap_or(text)
}

const ATTEMPT: &str = "x-rbit-attempt";
const ORIGIN_EXCHANGE: &str = "x-rbit-origin-exchange";
pub(crate) const ORIGIN_QUEUE: &str = "x-rbit-origin-queue";
const REASON: &str = "x-rbit-reason";
const TEXT: &str = "x-rbit-text";
const BOX: &str = "x-rbit-box";
pub(crate) const PARKED_AT: &str = "x-rbit-parked-at";

/// What a message has only while it is parked. Where its producer published it stays with it.
pub(crate) const PARKING: [&str; 6] = [ATTEMPT, REASON, TEXT, BOX, PARKED_AT, ORIGIN_QUEUE];

/// For the explanation of a person, and the beginning of a log.
const MAX_TEXT: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    const DELAY: Duration = Duration::from_millis(300);

    fn original(properties: BasicProperties) -> Original {
        Original {
            queue: QueueName::new("cnx_any_latex_pdf").unwrap(),
            exchange: "pybit".into(),
            routing_key: "cnx.any.latex.pdf".into(),
            properties,
            body: b"{}".to_vec(),
            is_seen: false,
        }
    }

    fn with_header(name: &str, value: AMQPValue) -> Original {
        let mut table = FieldTable::default();
        table.insert(name.into(), value);
        original(BasicProperties::default().with_headers(table))
    }

    fn header<'a>(properties: &'a BasicProperties, name: &str) -> Option<&'a AMQPValue> {
        properties.headers().as_ref()?.inner().get(name)
    }

    fn parking<'a>(text: &'a str, box_name: &'a BoxName) -> Parking<'a> {
        Parking {
            reason: Reason::Undecodable,
            text,
            box_name,
            at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_missing_or_odd_attempt_is_the_first() {
        assert_eq!(original(BasicProperties::default()).attempt(), Attempt::FIRST);
        let odd = [
            AMQPValue::LongString("3".into()),
            AMQPValue::LongInt(-3),
            AMQPValue::LongInt(0),
            AMQPValue::Void,
        ];
        for value in odd.into_iter().chain([AMQPValue::LongLongInt(i64::MAX)]) {
            assert_eq!(
                with_header(ATTEMPT, value.clone()).attempt(),
                Attempt::FIRST,
                "{value:?}"
            );
        }
        assert_eq!(with_header(ATTEMPT, AMQPValue::ShortUInt(3)).attempt(), Attempt::new(3));
    }

    #[test]
    fn a_retry_keeps_what_the_producer_wrote_and_is_persistent() {
        let properties = BasicProperties::default()
            .with_content_type("application/json".into())
            .with_message_id("m-1".into())
            .with_priority(3)
            .with_timestamp(1_352_000_000)
            .with_type("BuildRequest".into());
        let copy = original(properties.clone()).for_retry(DELAY, Attempt::new(2));
        let mut table = FieldTable::default();
        table.insert(ATTEMPT.into(), AMQPValue::LongLongInt(2));
        table.insert("x-rbit-origin-queue".into(), text("cnx_any_latex_pdf"));
        table.insert(ORIGIN_EXCHANGE.into(), text("pybit"));
        table.insert("x-rbit-origin-key".into(), text("cnx.any.latex.pdf"));
        let copied = properties.with_delivery_mode(2).with_expiration("300".into());
        assert_eq!(copy, copied.with_headers(table));
    }

    #[test]
    fn a_message_that_is_put_off_for_the_same_attempt_is_no_newer_for_that() {
        let new = original(BasicProperties::default());
        assert!(!Original::is_copy_of_seen(&new.for_retry(DELAY, Attempt::FIRST)));
        let seen = Original { is_seen: true, ..new };
        assert!(Original::is_copy_of_seen(&seen.for_retry(DELAY, Attempt::FIRST)));
        assert!(!Original::is_copy_of_seen(&seen.for_retry(DELAY, Attempt::new(2))));
        let put_off = original(seen.for_retry(DELAY, Attempt::FIRST));
        let parked = put_off.for_parking(&parking("", &BoxName::new("box").unwrap()));
        assert!(!Original::is_copy_of_seen(&parked), "who requeues it wants it run");
    }

    #[test]
    fn a_copy_of_a_copy_still_tells_where_the_message_first_came_from() {
        let first = original(BasicProperties::default()).for_retry(DELAY, Attempt::new(2));
        let back = Original {
            exchange: "".into(),
            routing_key: "cnx_any_latex_pdf".into(),
            ..original(first)
        };
        let parked = back.for_parking(&parking("", &BoxName::new("box").unwrap()));
        assert_eq!(header(&parked, ORIGIN_EXCHANGE), Some(&text("pybit")));
        assert_eq!(header(&parked, "x-rbit-origin-key"), Some(&text("cnx.any.latex.pdf")));
        assert_eq!(header(&parked, ATTEMPT), Some(&AMQPValue::LongLongInt(2)));
    }

    #[test]
    fn a_parked_copy_says_why_by_whom_and_when() {
        let box_name = BoxName::new("tim").unwrap();
        let copy = original(BasicProperties::default()).for_parking(&parking("no JSON", &box_name));
        assert_eq!(header(&copy, "x-rbit-reason"), Some(&text("undecodable")));
        assert_eq!(header(&copy, "x-rbit-text"), Some(&text("no JSON")));
        assert_eq!(header(&copy, "x-rbit-box"), Some(&text("tim")));
        assert_eq!(header(&copy, "x-rbit-parked-at"), Some(&text("1970-01-01T00:00:00Z")));
    }

    #[test]
    fn a_text_is_cut_at_the_end_of_a_character() {
        assert_eq!(cut("a\u{20ac}b", 3), "a");
        assert_eq!(cut("ab", 3), "ab");
    }
}
