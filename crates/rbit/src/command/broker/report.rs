//! The report of a check, as text and as JSON.

use std::fmt::Write as _;

use rbit_amqp::{Comparison, EXCHANGE, ExchangeFound, QueueFound, QueueNeed};
use serde_json::{Value, json};

use super::{
    finding::{Finding, Weight},
    need::Needs,
    survey::Survey,
};
use crate::table;

/// Everything that a check found.
pub(super) struct Report<'a> {
    pub(super) needs: &'a Needs,
    pub(super) survey: &'a Survey,
    pub(super) findings: &'a [Finding],
}

impl Report<'_> {
    /// How many problems there are.
    pub(super) fn problems(&self) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.weight == Weight::Problem)
            .count()
    }

    /// One object. Its keys are part of the program's face; `docs/broker.md` lists them.
    pub(super) fn json(&self) -> Value {
        let queues: Vec<_> = self.rows().map(|(kind, need)| self.queue_json(kind, need)).collect();
        json!({
            "virtual_host": self.needs.virtual_host,
            "in_order": self.problems() == 0,
            "exchange": {"name": EXCHANGE, "state": exchange_state(&self.survey.exchange)},
            "queues": queues,
            "findings": self.findings,
        })
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "virtual host `{}`, user `{}`\n\n",
            self.needs.virtual_host, self.needs.user
        );
        text += &self.overview();
        text.push('\n');
        for weight in [Weight::Problem, Weight::Note] {
            for finding in self.findings.iter().filter(|finding| finding.weight == weight) {
                paragraph(&mut text, finding);
            }
        }
        text.push('\n');
        text += &match self.problems() {
            0 => "in order\n".to_owned(),
            1 => "1 problem\n".to_owned(),
            count => format!("{count} problems\n"),
        };
        text
    }

    fn overview(&self) -> String {
        let cells = |cells: [&str; 5]| cells.map(str::to_owned).to_vec();
        let mut rows = vec![cells(["KIND", "NAME", "STATE", "MESSAGES", "CONSUMERS"])];
        let state = exchange_state(&self.survey.exchange);
        rows.push(cells(["exchange", EXCHANGE, state, "-", "-"]));
        if let (Some(name), Some(found)) = (&self.needs.events, &self.survey.events) {
            let state = match found {
                ExchangeFound::Missing => NOT_NEEDED,
                found => exchange_state(found),
            };
            rows.push(cells(["exchange", name, state, "-", "-"]));
        }
        rows.extend(self.rows().map(|(kind, need)| {
            let found = self.survey.queue(need);
            let (messages, consumers) = counts(found);
            let number = |count: Option<u32>| count.map_or_else(|| "-".to_owned(), |count| count.to_string());
            let state = queue_state(kind, found);
            vec![
                kind.to_owned(),
                need.name().to_owned(),
                state.to_owned(),
                number(messages),
                number(consumers),
            ]
        }));
        table::columns(&rows) + "\n"
    }

    fn rows(&self) -> impl Iterator<Item = (&'static str, &QueueNeed)> {
        let lanes = self.needs.lanes.iter();
        let works = lanes.clone().map(|lane| (WORK, &lane.work));
        let retries = lanes.flat_map(|lane| &lane.retries).map(|need| ("retry", need));
        works
            .chain(retries)
            .chain([("parked", &self.needs.parked), (COMMAND, &self.needs.command)])
    }

    fn queue_json(&self, kind: &str, need: &QueueNeed) -> Value {
        let found = self.survey.queue(need);
        let (messages, consumers) = counts(found);
        json!({
            "kind": kind,
            "name": need.name(),
            "state": queue_state(kind, found),
            "messages": messages,
            "consumers": consumers,
        })
    }
}

fn counts(found: &QueueFound) -> (Option<u32>, Option<u32>) {
    match found {
        QueueFound::There {
            messages, consumers, ..
        } => (Some(*messages), Some(*consumers)),
        QueueFound::Missing | QueueFound::Locked => (None, None),
    }
}

fn queue_state(kind: &str, found: &QueueFound) -> &'static str {
    match found {
        QueueFound::Missing if kind == WORK => "missing",
        QueueFound::Missing if kind == COMMAND => "free",
        QueueFound::Missing => NOT_NEEDED,
        QueueFound::Locked => "held",
        QueueFound::There { comparison, .. } => state(comparison),
    }
}

fn exchange_state(found: &ExchangeFound) -> &'static str {
    match found {
        ExchangeFound::Missing => "missing",
        ExchangeFound::There(comparison) => state(comparison),
    }
}

fn state(comparison: &Comparison) -> &'static str {
    match comparison {
        Comparison::Made(differences) if differences.is_empty() => "in order",
        Comparison::Made(_) => "differs",
        Comparison::NotAllowed => "not compared",
    }
}

fn paragraph(text: &mut String, finding: &Finding) {
    let label = match finding.weight {
        Weight::Problem => "problem",
        Weight::Note => "note",
    };
    // Writing to a string does not fail.
    let _ = writeln!(text, "{label}: {}: {}", finding.object, finding.found);
    let _ = writeln!(text, "  why: {}", finding.why);
    for line in &finding.remedy {
        let _ = writeln!(text, "  help: {line}");
    }
}

const NOT_NEEDED: &str = "not needed yet";
const WORK: &str = "work";
const COMMAND: &str = "command";
