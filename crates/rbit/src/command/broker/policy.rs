//! Commands for the broker's administrator.

use std::time::Duration;

use rbit_amqp::{PARKED, QueueType};
use serde_json::{Map, Value, json};

use super::need::{LaneNeed, Needs};

/// The policies that this configuration asks for, as commands. A queue obeys one policy at a time, so there is one for each type
/// of queue.
pub(super) fn commands(needs: &Needs) -> Vec<String> {
    let types = [None, Some(QueueType::Quorum)];
    types
        .into_iter()
        .filter_map(|queue_type| command(needs, queue_type))
        .collect()
}

/// The policy for the queues of one type.
pub(super) fn command(needs: &Needs, queue_type: Option<QueueType>) -> Option<String> {
    let lanes: Vec<_> = needs
        .lanes
        .iter()
        .filter(|lane| lane.queue_type == queue_type)
        .collect();
    let (name, mut definition) = match queue_type {
        Some(QueueType::Quorum) => ("rbit-quorum", backstop(needs)),
        _ => ("rbit-classic", Map::new()),
    };
    if lanes.iter().any(|lane| is_patience_short(needs, lane)) {
        definition.insert("consumer-timeout".into(), json!(patience_needed(needs)));
    }
    let is_of_use = !lanes.is_empty() && !definition.is_empty();
    is_of_use.then(|| set_policy(needs, name, &lanes, &Value::Object(definition)))
}

/// What a broker before RabbitMQ 3.12 wants instead of a policy; none if its patience is long enough.
pub(super) fn line_for_old_brokers(needs: &Needs) -> Option<String> {
    let is_short = needs.lanes.iter().any(|lane| is_patience_short(needs, lane));
    is_short.then(|| {
        let patience = patience_needed(needs);
        format!(
            "RabbitMQ before 3.12 has no policy `consumer-timeout`: leave it out, and set in rabbitmq.conf: consumer_timeout = {patience}"
        )
    })
}

/// Whether the broker takes a message back before its job must have ended.
pub(super) fn is_patience_short(needs: &Needs, lane: &LaneNeed) -> bool {
    longest_hold(lane) > needs.ack_timeout
}

/// How long the broker must wait for the acknowledgement of a job that takes as long as it may.
pub(super) fn longest_hold(lane: &LaneNeed) -> Duration {
    lane.timeout.saturating_add(lane.drain_timeout)
}

/// How long the broker must wait for the longest job of all, in milliseconds, with room for what happens around the guest.
pub(super) fn patience_needed(needs: &Needs) -> u64 {
    let longest = needs.lanes.iter().map(longest_hold).max().unwrap_or_default();
    u64::try_from(longest.saturating_add(ROOM).as_millis()).unwrap_or(u64::MAX)
}

/// A word for a shell, in quotes.
pub(super) fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// What keeps a message of a quorum queue that was handed out too often: the broker would drop it.
fn backstop(needs: &Needs) -> Map<String, Value> {
    let attempts = needs.lanes.iter().map(|lane| lane.max_attempts).max().unwrap_or(0);
    let definition = json!({
        "delivery-limit": attempts.max(LEAST_DELIVERY_LIMIT),
        "dead-letter-exchange": "",
        "dead-letter-routing-key": PARKED,
        "dead-letter-strategy": "at-least-once",
        "overflow": "reject-publish",
    });
    definition.as_object().cloned().unwrap_or_default()
}

fn set_policy(needs: &Needs, name: &str, lanes: &[&LaneNeed], definition: &Value) -> String {
    let names: Vec<_> = lanes.iter().map(|lane| escaped(lane.queue.as_str())).collect();
    let pattern = format!("^({})$", names.join("|"));
    format!(
        "rabbitmqctl set_policy -p {} --apply-to queues {} {} {}",
        quoted(&needs.virtual_host),
        quoted(name),
        quoted(&pattern),
        quoted(&definition.to_string())
    )
}

/// A name as a pattern that means only this name.
fn escaped(name: &str) -> String {
    let escape = |c: char| {
        let is_plain = c.is_alphanumeric() || c == '_' || c == '-';
        (!is_plain).then_some('\\').into_iter().chain([c])
    };
    name.chars().flat_map(escape).collect()
}

/// The broker looks once a minute.
const ROOM: Duration = Duration::from_secs(5 * 60);

/// RabbitMQ 4's own.
const LEAST_DELIVERY_LIMIT: u32 = 20;
