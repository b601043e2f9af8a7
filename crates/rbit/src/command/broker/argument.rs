//! Why an argument of a queue matters to those who use the queue.

use std::time::Duration;

use rbit_amqp::{Difference, Setting};

/// What was found, in words.
pub(super) fn found(difference: &Difference) -> String {
    let name = &difference.name;
    match &difference.found {
        Setting::Unset => format!("has no `{name}`"),
        Setting::Is(value) => format!("`{name}` is `{}`", value.escape_debug()),
        Setting::Untold => format!("`{name}` differs; the broker's answer has no room for its value"),
    }
}

/// What follows from it.
pub(super) fn why(difference: &Difference) -> String {
    let value = match &difference.found {
        Setting::Is(value) => value.as_str(),
        Setting::Unset | Setting::Untold => "",
    };
    match difference.name.as_str() {
        "x-message-ttl" if difference.found == Setting::Unset => {
            "nothing that waits in it ever comes out again".to_owned()
        }
        "x-dead-letter-exchange" | "x-dead-letter-routing-key" if difference.found == Setting::Unset => {
            "messages that expire in it are lost instead of coming back".to_owned()
        }
        "durable" => "the queue, and all that waits in it, is gone when the broker restarts".to_owned(),
        "auto_delete" => "the queue is deleted, with all that waits in it, when the last box leaves".to_owned(),
        "x-queue-type" if value == "stream" => {
            "a stream keeps its messages: every job would be run again and again".to_owned()
        }
        "x-queue-type" if value == "quorum" => {
            "the configuration takes it for a classic queue, so retries wait in queues that one node alone keeps"
                .to_owned()
        }
        "x-queue-type" => {
            "the configuration wants a quorum queue: this one is lost or out of reach with its node".to_owned()
        }
        "x-message-ttl" => format!(
            "a message that waits longer than {} leaves the queue unseen",
            time(value)
        ),
        "x-expires" => format!(
            "the queue is deleted, with all that waits in it, when nobody listens for {}",
            time(value)
        ),
        "x-max-length" | "x-max-length-bytes" => {
            "beyond that length the broker drops the oldest messages, or refuses new ones".to_owned()
        }
        "x-overflow" => "it decides what becomes of messages that a full queue has no room for".to_owned(),
        "x-dead-letter-exchange" | "x-dead-letter-routing-key" => {
            "messages that expire, or were handed out too often, go there".to_owned()
        }
        "x-single-active-consumer" => "one box gets all the jobs, and the others wait".to_owned(),
        "x-max-priority" => "jobs may overtake each other".to_owned(),
        "x-delivery-limit" => format!("the broker gives a message up that came back {value} times"),
        _ => "whoever declares the queue as rbit and PyBit do is refused".to_owned(),
    }
}

fn time(milliseconds: &str) -> String {
    milliseconds
        .parse()
        .map_or_else(|_| "that".to_owned(), |ms| format!("{:?}", Duration::from_millis(ms)))
}
