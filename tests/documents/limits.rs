//! The table of limits: each line is true of the program.

use std::{collections::BTreeMap, fs};

use rbit_e2e::hostile;
use rbit_job::{Limits, Usage};

use super::{files_below, project};

struct Row {
    key: String,
    default: String,
    reason: String,
    guests: Vec<String>,
    test: String,
    is_in_record: bool,
}

fn document(name: &str) -> String {
    fs::read_to_string(project().join("docs").join(name)).unwrap()
}

fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split(" | ").map(str::trim).collect()
}

fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn rows() -> Vec<Row> {
    let text = document("limits.md");
    let (table, _) = text.split_once("\n## ").unwrap();
    let rows: Vec<_> = table
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(cells)
        .collect();
    rows.into_iter()
        .map(|cells| {
            let [key, default, reason, guests, test, record]: [&str; 6] = cells.try_into().unwrap();
            Row {
                key: quoted(key).remove(0),
                default: default.to_owned(),
                reason: reason.to_owned(),
                guests: quoted(guests),
                test: quoted(test).remove(0),
                is_in_record: record == "yes",
            }
        })
        .collect()
}

/// Those of the box, which no runner has for itself.
const OF_THE_BOX: [&str; 6] = [
    "guest-stack",
    "component-size",
    "compile-time",
    "compile-memory",
    "guest-memory",
    "slots",
];

#[test]
fn each_limit_has_one_line() {
    let limits = serde_json::to_value(Limits::default()).unwrap();
    let mut known: Vec<_> = limits
        .as_object()
        .unwrap()
        .keys()
        .map(|key| key.replace('_', "-"))
        .collect();
    // No guest has a second process: programs of `native!` do, and docs/native.md has their limits.
    known.retain(|key| key != "processes");
    known.extend(OF_THE_BOX.map(str::to_owned));
    known.sort();
    let mut listed: Vec<_> = rows().into_iter().map(|row| row.key).collect();
    listed.sort();
    assert_eq!(listed, known);
}

#[test]
fn defaults_are_those_of_the_configuration() {
    let configuration = document("configuration.md");
    let section = |name: &str| {
        configuration
            .split("\n## ")
            .find(|part| part.starts_with(name))
            .unwrap()
    };
    let [of_the_box, of_guests] = ["`[rbit]`", "`[sandbox]`"].map(section);
    for row in rows() {
        let is_of_the_box = OF_THE_BOX.contains(&row.key.as_str());
        let start = format!("| `{}` |", row.key);
        let mut lines = if is_of_the_box { of_the_box } else { of_guests }.lines();
        let line = lines.find(|line| line.starts_with(&start)).unwrap();
        assert_eq!(cells(line)[2], row.default, "`{}`", row.key);
    }
}

#[test]
fn reasons_are_those_of_the_log() {
    let log = document("logging.md");
    let mut reasons = BTreeMap::new();
    let (_, limits) = log.split_once("\n## Limits\n").unwrap();
    for line in limits
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map_while(|line| line.contains("` | `[").then_some(line))
    {
        let cells = cells(line);
        reasons.extend(quoted(cells[1]).into_iter().map(|key| (key, cells[0].to_owned())));
    }
    for row in rows() {
        match row.reason.as_str() {
            "dropped" | "cut" | "waits" => assert!(!reasons.contains_key(&row.key), "`{}`", row.key),
            reason => assert_eq!(reasons.get(&row.key).map(String::as_str), Some(reason), "`{}`", row.key),
        }
    }
}

#[test]
fn each_guest_meets_its_limit_and_ends_for_it() {
    for row in rows() {
        let meets = |guest: &str| {
            let cases: Vec<_> = hostile::all()
                .into_iter()
                .filter(|case| case.fixture.name() == guest)
                .collect();
            assert!(!cases.is_empty(), "there is no guest `{guest}`");
            // Somebody must answer them, whom the tests of the sandbox have.
            let needs_a_server = row.key.starts_with("http-");
            needs_a_server || cases.iter().any(|case| meets(case, &row))
        };
        for guest in &row.guests {
            assert!(meets(guest), "`{guest}` does not meet `{}`", row.key);
        }
    }
}

fn meets(case: &hostile::Case, row: &Row) -> bool {
    match row.reason.as_str() {
        "dropped" | "cut" | "waits" => case.sandbox.contains(&format!("{} = ", row.key)),
        reason => format!("`{}`", case.reason) == reason && case.says.starts_with(&format!("{}: limit", row.key)),
    }
}

#[test]
fn each_test_is_there() {
    let sources: String = files_below(&project().join("crates"), "rs")
        .into_iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    for row in rows() {
        assert!(
            sources.contains(&format!("fn {}()", row.test)),
            "no test `{}`",
            row.test
        );
    }
}

#[test]
fn what_is_not_in_the_record_is_named_with_the_reason() {
    let text = document("limits.md");
    let record = text.split("\n## ").find(|part| part.starts_with("The record")).unwrap();
    let mut named: Vec<_> = record
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(cells)
        .filter(|cells| cells[1].len() > 10)
        .flat_map(|cells| quoted(cells[0]))
        .collect();
    named.sort();
    let mut missing: Vec<_> = rows()
        .into_iter()
        .filter(|row| !row.is_in_record)
        .map(|row| row.key)
        .collect();
    missing.sort();
    assert_eq!(named, missing);
}

#[test]
fn the_record_has_what_it_is_said_to_have() {
    let usage = Usage {
        limits: Some(Limits::default()),
        ..Usage::default()
    };
    let shares = usage.shares(&[]);
    for row in rows() {
        let is_in = shares.iter().any(|share| share.limit == row.key);
        assert_eq!(is_in, row.is_in_record, "`{}`", row.key);
    }
}
