//! What a copy of a message keeps.
//!
//! Everything that the producer wrote, whatever the copy is for, but for what would make the broker treat the copy otherwise than
//! it is meant: see [`properties`] and [`headers`]. What the broker added on the way (the history of dead-lettering) goes too, for it
//! would be taken as news.

use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable},
};

use crate::{headers::table_size, message::PERSISTENT};

/// All properties but headers, and but two: with an expiration the copy would leave its queue early, and a user id the broker takes
/// from its owner alone. The copy is persistent.
pub(crate) fn properties(from: &BasicProperties) -> BasicProperties {
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

/// The producer's headers; none if they are so large that with ours they might not fit into a frame, which the broker would answer
/// by closing the connection.
pub(crate) fn headers(from: &BasicProperties) -> FieldTable {
    let mut kept = FieldTable::default();
    let Some(table) = from.headers() else {
        return kept;
    };
    if table_size(table) > MAX_KEPT_HEADERS {
        kept.insert("x-rbit-headers-dropped".into(), AMQPValue::Boolean(true));
        return kept;
    }
    for (name, value) in table.into_iter().filter(|(name, _)| !is_dropped(name.as_str())) {
        kept.insert(name.clone(), value.clone());
    }
    kept
}

/// Headers that a copy must not carry: the broker's history of the original, the ones that would route the copy elsewhere too, and
/// what says of one copy only whether it is news.
fn is_dropped(name: &str) -> bool {
    DROPPED.contains(&name) || DROPPED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// The number of a held copy. The broker does not say of a message that comes back so that somebody had it before: this does.
pub(crate) const HELD: &str = "x-rbit-held";

/// That a copy is of a message that somebody had before, and was put off without being tried.
pub(crate) const SEEN: &str = "x-rbit-seen";

/// That a person put the message back after it was parked, and which time that was. Every copy has it: what the front-end says of the
/// job may lag behind, and the journal is not to take it for the one that was parked.
pub(crate) const REQUEUED: &str = "x-rbit-requeued";

const DROPPED: [&str; 7] = [
    HELD,
    SEEN,
    "x-death",
    "x-delivery-count",
    "x-acquired-count",
    "CC",
    "BCC",
];
const DROPPED_PREFIXES: [&str; 2] = ["x-first-death-", "x-last-death-"];

/// Half of the frame that RabbitMQ negotiates unless told otherwise.
const MAX_KEPT_HEADERS: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn with_header(name: &str, value: AMQPValue) -> BasicProperties {
        let mut table = FieldTable::default();
        table.insert(name.into(), value);
        BasicProperties::default().with_headers(table)
    }

    #[test]
    fn each_property_is_kept_or_left_out_by_its_rule() {
        let none = BasicProperties::default;
        let kept = [
            none().with_content_type("application/json".into()),
            none().with_content_encoding("gzip".into()),
            none().with_priority(3),
            none().with_correlation_id("c-1".into()),
            none().with_reply_to("answers".into()),
            none().with_message_id("m-1".into()),
            none().with_timestamp(1_352_000_000),
            none().with_type("BuildRequest".into()),
            none().with_app_id("pybit".into()),
            none().with_cluster_id("one".into()),
        ];
        for from in kept {
            assert_eq!(
                properties(&from),
                from.clone().with_delivery_mode(PERSISTENT),
                "{from:?}"
            );
        }
        let left_out = [
            none(),
            none().with_expiration("500".into()),
            none().with_user_id("producer".into()),
            none().with_delivery_mode(1),
            with_header("a", AMQPValue::Boolean(true)),
        ];
        for from in left_out {
            assert_eq!(properties(&from), none().with_delivery_mode(PERSISTENT), "{from:?}");
        }
    }

    #[test]
    fn headers_that_would_move_the_copy_or_pass_for_news_are_left_out() {
        for name in DROPPED
            .into_iter()
            .chain(["x-first-death-queue", "x-last-death-reason"])
        {
            assert_eq!(
                headers(&with_header(name, AMQPValue::Boolean(true))),
                FieldTable::default(),
                "{name}"
            );
        }
        let kept = with_header("kept", AMQPValue::LongUInt(7));
        assert_eq!(Some(&headers(&kept)), kept.headers().as_ref(), "with its type");
    }

    #[test]
    fn headers_that_leave_no_room_for_ours_are_dropped_and_that_is_told() {
        let large = with_header("large", AMQPValue::ByteArray(vec![0; MAX_KEPT_HEADERS].into()));
        let told = with_header("x-rbit-headers-dropped", AMQPValue::Boolean(true));
        assert_eq!(Some(&headers(&large)), told.headers().as_ref());
    }
}
