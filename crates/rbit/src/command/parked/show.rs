//! Parked messages for people and programs. `docs/logging.md` lists the keys.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::message::Parked;
use crate::table;

/// A table, one message a line.
pub(super) fn overview(messages: &[&Parked]) -> String {
    if messages.is_empty() {
        return "nothing is parked\n".to_owned();
    }
    let heading = ["ID", "PARKED", "QUEUE", "ATTEMPT", "REASON", "TEXT"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(messages.iter().map(|message| row(message)));
    format!("{}\n", table::columns(&rows))
}

/// A message as one JSON object, without its body.
pub(super) fn json(message: &Parked) -> Value {
    json!({
        "id": message.id,
        "queue": message.queue.as_ref().map(rbit_job::QueueName::as_str),
        "reason": message.reason,
        "text": message.text,
        "attempt": message.attempt,
        "parked": message.parked,
        "box": message.box_name,
        "message_id": message.message_id,
        "bytes": message.body.len(),
    })
}

/// The same with its body as text; what is not UTF-8 in it is replaced.
pub(super) fn json_with_body(message: &Parked) -> Value {
    let mut object = json(message);
    if let Value::Object(object) = &mut object {
        object.insert("headers".to_owned(), json!(message.headers));
        object.insert("body".to_owned(), String::from_utf8_lossy(&message.body).into());
    }
    object
}

/// All of a message, for a terminal.
pub(super) fn text(message: &Parked) -> String {
    let absent = || "-".to_owned();
    let or_absent = |text: &Option<String>| text.as_deref().map_or_else(absent, |text| table::shown(text, MAX_TEXT));
    let facts = [
        ("id", message.id.clone()),
        ("queue", queue(message)),
        ("reason", table::shown(&message.reason, MAX_TEXT)),
        ("text", table::shown(&message.text, MAX_TEXT)),
        ("attempt", attempt(message)),
        ("parked", or_absent(&message.parked)),
        ("by box", or_absent(&message.box_name)),
        ("message id", or_absent(&message.message_id)),
        ("bytes", message.body.len().to_string()),
    ];
    let rows = facts.map(|(name, value)| vec![name.to_owned(), value]);
    let mut text = format!("{}\n\n", table::columns(&rows));
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "{}",
        table::shown(&String::from_utf8_lossy(&message.body), MAX_BODY)
    );
    text
}

fn row(message: &Parked) -> Vec<String> {
    let parked = message.parked.as_deref().unwrap_or("-");
    vec![
        message.id.clone(),
        // To the second.
        table::shown(&parked.replace('T', " "), 19),
        queue(message),
        attempt(message),
        table::shown(&message.reason, MAX_WORD),
        table::shown(&message.text, MAX_LINE),
    ]
}

fn queue(message: &Parked) -> String {
    message
        .queue
        .as_ref()
        .map_or_else(|| "-".to_owned(), ToString::to_string)
}

fn attempt(message: &Parked) -> String {
    message
        .attempt
        .map_or_else(|| "-".to_owned(), |number| number.to_string())
}

const MAX_WORD: usize = 40;
const MAX_LINE: usize = 80;
const MAX_TEXT: usize = 4096;
/// Of a longer body, `--body` and `--json` show all.
const MAX_BODY: usize = 4096;
