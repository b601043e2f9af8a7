//! The properties of a message's copies, for the retry queue and for the parking place.
//!
//! A copy keeps everything that the producer wrote. What the broker added on the way (the history of dead-lettering) is left out,
//! for it would be taken as news; and so is what would make the broker do something else with the copy than keep it.

use jiff::Timestamp;
use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable, ShortString},
};
use rbit_job::{Attempt, BoxName, QueueName, Reason};

use crate::{headers, message::PERSISTENT, topology::text};

/// A message as it reached us.
#[derive(Debug)]
pub(crate) struct Original {
    pub(crate) queue: QueueName,
    pub(crate) exchange: ShortString,
    pub(crate) routing_key: ShortString,
    pub(crate) properties: BasicProperties,
    pub(crate) body: Vec<u8>,
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

    /// The properties of a copy that is tried again.
    pub(crate) fn for_retry(&self, attempt: Attempt) -> BasicProperties {
        let mut table = self.kept_headers();
        self.add_origin(&mut table);
        table.insert(ATTEMPT.into(), number(attempt));
        self.kept_properties().with_headers(table)
    }

    /// The properties of a copy that holds the message while its job runs.
    pub(crate) fn for_holding(&self, copy: u32) -> BasicProperties {
        let mut table = self.kept_headers();
        self.add_origin(&mut table);
        table.insert(ATTEMPT.into(), number(self.attempt()));
        table.insert(HELD.into(), AMQPValue::LongLongInt(copy.into()));
        self.kept_properties().with_headers(table)
    }

    /// Which copy a held message is; `None` for one that never was held.
    pub(crate) fn held_copy(properties: &BasicProperties) -> Option<u32> {
        let header = properties.headers().as_ref()?.inner().get(HELD)?;
        u32::try_from(headers::as_integer(header)?).ok()
    }

    /// The properties of a copy that is put aside.
    pub(crate) fn for_parking(&self, parking: &Parking<'_>) -> BasicProperties {
        let mut table = self.kept_headers();
        self.add_origin(&mut table);
        table.insert(ATTEMPT.into(), number(self.attempt()));
        table.insert("x-rbit-reason".into(), text(parking.reason.as_str()));
        table.insert("x-rbit-text".into(), text(cut(parking.text, MAX_TEXT)));
        table.insert("x-rbit-box".into(), text(parking.box_name.as_str()));
        table.insert("x-rbit-parked-at".into(), text(&parking.at.to_string()));
        self.kept_properties().with_headers(table)
    }

    fn header(&self, name: &str) -> Option<&AMQPValue> {
        self.properties.headers().as_ref()?.inner().get(name)
    }

    /// Where the message first came from. A copy that comes back from a retry queue knows; its own route is only the way back.
    fn add_origin(&self, table: &mut FieldTable) {
        table.insert("x-rbit-origin-queue".into(), text(self.queue.as_str()));
        if !table.contains_key(ORIGIN_EXCHANGE) {
            table.insert(ORIGIN_EXCHANGE.into(), text(self.exchange.as_str()));
            table.insert("x-rbit-origin-key".into(), text(self.routing_key.as_str()));
        }
    }

    /// The producer's headers; none if they are so large that with ours they might not fit into a frame, which the broker would
    /// answer by closing the connection.
    fn kept_headers(&self) -> FieldTable {
        let mut kept = FieldTable::default();
        let Some(table) = self.properties.headers() else {
            return kept;
        };
        if headers::table_size(table) > MAX_KEPT_HEADERS {
            kept.insert("x-rbit-headers-dropped".into(), AMQPValue::Boolean(true));
            return kept;
        }
        for (name, value) in table.into_iter().filter(|(name, _)| !is_dropped(name.as_str())) {
            kept.insert(name.clone(), value.clone());
        }
        kept
    }

    /// All properties but headers, expiration (the copy would leave its queue early) and user id (the broker takes it from its owner only).
    fn kept_properties(&self) -> BasicProperties {
        let from = &self.properties;
        let mut to = BasicProperties::default().with_delivery_mode(PERSISTENT);
        macro_rules! keep {
            ($($property:ident: $with:ident),*) => {
                $(if let Some(value) = from.$property() { to = to.$with(value.clone()); })*
            };
        }
        keep!(content_type: with_content_type, content_encoding: with_content_encoding, priority: with_priority,
            correlation_id: with_correlation_id, reply_to: with_reply_to, message_id: with_message_id,
            timestamp: with_timestamp, kind: with_type, app_id: with_app_id, cluster_id: with_cluster_id);
        to
    }
}

fn number(attempt: Attempt) -> AMQPValue {
    AMQPValue::LongLongInt(attempt.number().into())
}

/// Headers that a copy must not carry: the broker's history of the original, and the ones that would route the copy elsewhere too.
fn is_dropped(name: &str) -> bool {
    DROPPED.contains(&name) || DROPPED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// The longest beginning of a text with at most so many bytes.
fn cut(text: &str, max_bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(max_bytes)).unwrap_or(text)
}

const ATTEMPT: &str = "x-rbit-attempt";
const ORIGIN_EXCHANGE: &str = "x-rbit-origin-exchange";

/// The number of a held copy. The broker does not say of a message that comes back so that somebody had it before: this does.
const HELD: &str = "x-rbit-held";

const DROPPED: [&str; 6] = [HELD, "x-death", "x-delivery-count", "x-acquired-count", "CC", "BCC"];
const DROPPED_PREFIXES: [&str; 2] = ["x-first-death-", "x-last-death-"];

/// For the explanation of a person, and the beginning of a log.
const MAX_TEXT: usize = 4096;

/// Half of the frame that RabbitMQ negotiates unless told otherwise.
const MAX_KEPT_HEADERS: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn original(properties: BasicProperties) -> Original {
        Original {
            queue: QueueName::new("cnx_any_latex_pdf").unwrap(),
            exchange: "pybit".into(),
            routing_key: "cnx.any.latex.pdf".into(),
            properties,
            body: b"{}".to_vec(),
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
        let copy = original(properties.clone()).for_retry(Attempt::new(2));
        let mut table = FieldTable::default();
        table.insert(ATTEMPT.into(), AMQPValue::LongLongInt(2));
        table.insert("x-rbit-origin-queue".into(), text("cnx_any_latex_pdf"));
        table.insert(ORIGIN_EXCHANGE.into(), text("pybit"));
        table.insert("x-rbit-origin-key".into(), text("cnx.any.latex.pdf"));
        assert_eq!(copy, properties.with_delivery_mode(2).with_headers(table));
    }

    #[test]
    fn what_would_move_or_expire_the_copy_is_left_out() {
        let mut table = FieldTable::default();
        for name in [
            "x-death",
            "x-first-death-queue",
            "x-last-death-reason",
            "x-delivery-count",
            "CC",
            "BCC",
            "kept",
        ] {
            table.insert(name.into(), AMQPValue::Boolean(true));
        }
        let properties = BasicProperties::default()
            .with_expiration("500".into())
            .with_user_id("producer".into())
            .with_headers(table);
        let copy = original(properties).for_retry(Attempt::new(2));
        assert_eq!((copy.expiration(), copy.user_id()), (&None, &None));
        let names: Vec<_> = copy
            .headers()
            .as_ref()
            .unwrap()
            .inner()
            .keys()
            .map(ShortString::as_str)
            .collect();
        assert_eq!(
            names,
            [
                "kept",
                ATTEMPT,
                ORIGIN_EXCHANGE,
                "x-rbit-origin-key",
                "x-rbit-origin-queue"
            ]
        );
    }

    #[test]
    fn a_copy_of_a_copy_still_tells_where_the_message_first_came_from() {
        let first = original(BasicProperties::default()).for_retry(Attempt::new(2));
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
    fn headers_that_leave_no_room_for_ours_are_dropped_and_that_is_told() {
        let large = with_header("large", AMQPValue::ByteArray(vec![0; MAX_KEPT_HEADERS].into()));
        let copy = large.for_retry(Attempt::new(2));
        assert_eq!(header(&copy, "large"), None);
        assert_eq!(header(&copy, "x-rbit-headers-dropped"), Some(&AMQPValue::Boolean(true)));
    }

    #[test]
    fn a_text_is_cut_at_the_end_of_a_character() {
        assert_eq!(cut("a\u{20ac}b", 3), "a");
        assert_eq!(cut("ab", 3), "ab");
    }
}
