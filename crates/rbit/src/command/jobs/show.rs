//! `rbit jobs show`.

use std::fmt::Write as _;

use anyhow::anyhow;
use jiff::Timestamp;
use rbit_job::{Artifact, JobRecord};
use rbit_store::{JobHistory, JobSelector, PastAttempt, UnsentReport};

use super::{absence::Absence, json, time};
use crate::{
    args::JobsShowArgs,
    failure::Failure,
    settings,
    shares::{self, duration, kib},
    table, wiring,
};

/// All that is known of the jobs that are meant.
pub(super) fn show(args: &JobsShowArgs) -> Result<String, Failure> {
    let settings = settings::load(&args.config)?;
    let store = wiring::existing_store(&settings)?;
    let now = Timestamp::now();
    let lives = wiring::control_runtime()?.block_on(store.history(&args.id, now))?;
    let absence = Absence::new(&settings, now);
    if lives.is_empty() {
        return Err(unknown(&args.id));
    }
    Ok(if args.json {
        let line = |life| format!("{}\n", json::history(life, &absence));
        lives.iter().map(line).collect()
    } else {
        let texts = lives.iter().map(|life| text(life, &absence));
        texts.collect::<Vec<_>>().join("\n")
    })
}

/// No job is meant.
pub(super) fn unknown(selector: &JobSelector) -> Failure {
    let error = match selector {
        JobSelector::Number(job) => anyhow!("the journal has no job {job}"),
        JobSelector::Key(key) => anyhow!("the journal has no job whose key begins with {key}"),
    };
    Failure::from(error).with_help("`rbit jobs FILE` lists those it has")
}

fn text(life: &JobHistory, absence: &Absence) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(text, "{}", table::columns(&facts(life, absence)));
    for (title, rows) in [
        ("attempts", attempts(&life.attempts)),
        ("limits of the last attempt", limits(&life.record)),
        ("files", files(&life.record)),
        ("reports that PyBit has not taken", reports(&life.reports)),
    ] {
        // The heading alone says nothing.
        if rows.len() > 1 {
            let _ = writeln!(text, "\n{title}\n{}", table::columns(&rows));
        }
    }
    text
}

fn facts(life: &JobHistory, absence: &Absence) -> Vec<Vec<String>> {
    let record = &life.record;
    let (package, version) = (shown(&record.package), shown(&record.version));
    let mut facts = vec![
        ("job", record.job.to_string()),
        ("package", format!("{package} {version}")),
        ("queue", record.queue.to_string()),
        ("runner", record.runner.to_string()),
        ("front-end", front_end(life)),
        ("key", record.key.to_string()),
        ("state", state(life, absence)),
        ("began", time(record.first_started)),
    ];
    if let Some(status) = record.status {
        facts.push(("status", status.to_string()));
    }
    if let Some(outcome) = record.outcome.as_ref().filter(|outcome| !outcome.text().is_empty()) {
        facts.push(("text", shown(&outcome.text())));
    }
    if let Some(digest) = record.usage.component {
        facts.push(("component", format!("sha256:{digest}")));
    }
    facts.push(("log", format!("job.id={} in the log of the box", record.job)));
    facts
        .into_iter()
        .map(|(name, value)| vec![name.to_owned(), value])
        .collect()
}

fn front_end(life: &JobHistory) -> String {
    let named = life.web_host.as_deref().filter(|host| !host.is_empty());
    named.map_or_else(|| "-".to_owned(), shown)
}

fn state(life: &JobHistory, absence: &Absence) -> String {
    let record = &life.record;
    let outcome = record.outcome.as_ref().map(|outcome| outcome.reason().as_str());
    let state = [Some(record.state.as_str()), outcome].into_iter().flatten();
    let called_off = life.is_called_off.then_some("to be cancelled");
    let overdue = absence
        .is_overdue(record)
        .then_some("overdue: its message waits in the queue, or another box has it");
    state.chain(called_off).chain(overdue).collect::<Vec<_>>().join(", ")
}

fn attempts(attempts: &[PastAttempt]) -> Vec<Vec<String>> {
    let row = |past: &PastAttempt| {
        let (usage, none) = (past.usage, || "-".to_owned());
        vec![
            past.attempt.to_string(),
            time(past.started),
            duration(json::duration_ms(past.started, past.ended)),
            past.reason.as_deref().map_or_else(none, shown),
            usage.map_or_else(none, |usage| kib(usage.memory_peak)),
            usage.map_or_else(none, |usage| kib(usage.log_bytes)),
            past.text.as_deref().map(shown).unwrap_or_default(),
        ]
    };
    let heading = ["NUMBER", "STARTED", "DURATION", "OUTCOME", "MEMORY", "LOG", "TEXT"];
    under(&heading, attempts.iter().map(row))
}

fn limits(record: &JobRecord) -> Vec<Vec<String>> {
    let artifacts = record.outcome.as_ref().map_or(&[][..], |outcome| outcome.artifacts());
    under(
        &["LIMIT", "USED", "OF", "SHARE"],
        shares::rows(&record.usage, artifacts).into_iter(),
    )
}

fn files(record: &JobRecord) -> Vec<Vec<String>> {
    let row = |file: &Artifact| {
        vec![
            shown(&file.path.display().to_string()),
            file.size.to_string(),
            file.sha256.clone(),
        ]
    };
    let files = record.outcome.as_ref().map_or(&[][..], |outcome| outcome.artifacts());
    under(&["PATH", "BYTES", "SHA256"], files.iter().map(row))
}

fn reports(reports: &[UnsentReport]) -> Vec<Vec<String>> {
    let row = |unsent: &UnsentReport| {
        vec![
            unsent.report.status.to_string(),
            time(unsent.created),
            unsent.tries.to_string(),
            unsent.next_try.map_or_else(|| "given up".to_owned(), time),
            unsent.last_error.as_deref().map(shown).unwrap_or_default(),
        ]
    };
    under(
        &["STATUS", "WRITTEN", "TRIES", "NEXT TRY", "LAST ERROR"],
        reports.iter().map(row),
    )
}

fn under(heading: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Vec<Vec<String>> {
    let heading = heading.iter().map(|&title| title.to_owned()).collect();
    [heading].into_iter().chain(rows).collect()
}

/// A text of somebody else, fit for a terminal.
fn shown(text: &str) -> String {
    table::shown(text, MAX_TEXT)
}

/// Characters of a text that are shown; JSON has them all.
const MAX_TEXT: usize = 500;
