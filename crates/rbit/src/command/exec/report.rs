//! What came of the job. The keys of the JSON are part of the program's face; `docs/writing-guests.md` lists them.

use std::fmt::Write as _;

use rbit_job::{Runner, http::HttpExchange};
use serde_json::{Value, json};

use crate::{alone::Ran, exit_code::Code, shares, table};

/// All of it.
pub(super) fn as_json(ran: &Ran, runner: &Runner, code: Code) -> Value {
    let (outcome, usage) = (&ran.performed.outcome, &ran.performed.usage);
    json!({
        "outcome": outcome.reason().kind().as_str(),
        "reason": outcome.reason().as_str(),
        "text": outcome.text(),
        "exit_status": code as u8,
        "runner": runner.processor.to_string(),
        "component": usage.component.map(|digest| digest.to_string()),
        "artifacts": outcome.artifacts(),
        "requests": ran.heard.exchanges.iter().map(request).collect::<Vec<_>>(),
        "usage": shares::as_json(usage, outcome.artifacts()),
        "log": ran.heard.lines,
    })
}

fn request(exchange: &HttpExchange) -> Value {
    json!({
        "method": exchange.method,
        "url": url(exchange),
        "address": exchange.address,
        "status": exchange.status,
        "refused": exchange.is_refused.then(|| exchange.refusal.map(|refusal| refusal.to_string())),
        "error": exchange.error,
        "sent_bytes": exchange.sent,
        "received_bytes": exchange.received,
        "duration_ms": u64::try_from(exchange.duration.as_millis()).unwrap_or(u64::MAX),
    })
}

/// The same for people, without the log, which was shown.
pub(super) fn as_text(ran: &Ran) -> String {
    let (outcome, usage) = (&ran.performed.outcome, &ran.performed.usage);
    let reason = outcome.reason();
    let mut text = match reason.kind().as_str() == reason.as_str() {
        true => format!("{reason}\n"),
        false => format!("{} ({reason})\n", reason.kind()),
    };
    if !outcome.text().is_empty() {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {}", shown(&outcome.text()));
    }
    let files = outcome.artifacts().iter().map(|file| {
        let path = shown(&file.path.display().to_string());
        vec![path, file.size.to_string(), file.sha256.clone()]
    });
    part(&mut text, &["FILE", "BYTES", "SHA256"], files.collect());
    let requests = ran.heard.exchanges.iter().map(|exchange| {
        let answer = answer(exchange);
        vec![shown(&exchange.method), shown(&url(exchange)), answer]
    });
    part(&mut text, &["REQUEST", "URL", "ANSWER"], requests.collect());
    let limits = shares::rows(usage, outcome.artifacts());
    part(&mut text, &["LIMIT", "USED", "OF", "SHARE"], limits);
    text
}

fn answer(exchange: &HttpExchange) -> String {
    match (
        exchange.status,
        exchange.refusal.filter(|_| exchange.is_refused),
        &exchange.error,
    ) {
        (_, Some(refusal), _) => format!("refused: {refusal}"),
        (Some(status), None, Some(error)) => format!("{status}, then {}", shown(error)),
        (Some(status), None, None) => format!("{status}, {} bytes", exchange.received),
        (None, None, Some(error)) => shown(error),
        (None, None, None) => "none".to_owned(),
    }
}

/// Where it went, without the query, which may hold a password.
fn url(exchange: &HttpExchange) -> String {
    format!("{}{}", exchange.target.as_deref().unwrap_or_default(), exchange.path)
}

fn part(text: &mut String, heading: &[&str], rows: Vec<Vec<String>>) {
    if rows.is_empty() {
        return;
    }
    let heading = heading.iter().map(|&title| title.to_owned()).collect();
    let rows: Vec<_> = [heading].into_iter().chain(rows).collect();
    let _ = write!(text, "\n{}\n", table::columns(&rows));
}

/// A text of somebody else, fit for a terminal.
fn shown(text: &str) -> String {
    table::shown(text, MAX_TEXT)
}

/// Characters of a text that are shown; JSON has them all.
const MAX_TEXT: usize = 2000;
