//! Whatever a file holds, checking it ends with settings or with problems that stand in it.

use proptest::prelude::*;
use rbit_config::Checked;

use crate::surroundings::check;

/// Text that is nearly an INI file.
fn nearly_ini() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("rbit"),
        Just("amqp"),
        Just("runner:a"),
        Just("queue:q"),
        Just("sandbox:a"),
        Just("sandbox"),
        Just("log"),
        Just("DEFAULT"),
        Just("queue-mappings"),
        Just("q:a"),
        Just("runner"),
        Just("wasm!a.wasm"),
        Just("port"),
        Just("password"),
        Just("mounts"),
        Just("10s"),
        Just("64MiB"),
        Just("no"),
        Just("\\"),
        Just("\""),
        Just("%ID"),
        Just(""),
        Just("logger_root"),
        Just("level"),
        Just("\u{a0}"),
        Just("é"),
        Just("retry-steps"),
        Just(","),
    ];
    let mark = prop_oneof![
        Just("["),
        Just("]"),
        Just("]\n"),
        Just(" = "),
        Just(":"),
        Just("\n"),
        Just("\n "),
        Just("\r\n"),
        Just(" ;"),
        Just("#"),
        Just(" "),
        Just("\t"),
    ];
    proptest::collection::vec((word, mark), 0..60)
        .prop_map(|parts| parts.into_iter().map(|(word, mark)| format!("{word}{mark}")).collect())
}

/// Sections, keys and values that mostly fit each other.
fn mostly_right() -> impl Strategy<Value = String> {
    let section = proptest::sample::select(vec![
        "rbit",
        "amqp",
        "pybit",
        "queue:q",
        "runner:a",
        "sandbox",
        "sandbox:a",
        "log",
    ]);
    let key = proptest::sample::select(vec![
        "name",
        "queue-mappings",
        "slots",
        "host",
        "hosts",
        "port",
        "url",
        "user",
        "password",
        "retry-steps",
        "runner",
        "output-dir",
        "mounts",
        "memory",
        "timeout",
        "level",
        "format",
        "dir",
    ]);
    let value = proptest::sample::select(vec![
        "q:a",
        "a",
        "1",
        "5s",
        "1MiB",
        "http://h/",
        "wasm!a",
        "/d/%ID",
        "dir",
        "info",
        "json",
        "yes",
    ]);
    proptest::collection::vec((section, proptest::collection::vec((key, value), 0..6)), 0..10).prop_map(|sections| {
        let settings = |pairs: Vec<(&str, &str)>| {
            pairs
                .iter()
                .map(|(key, value)| format!("{key} = {value}\n"))
                .collect::<String>()
        };
        sections
            .into_iter()
            .map(|(name, pairs)| format!("[{name}]\n{}", settings(pairs)))
            .collect()
    })
}

fn holds(text: &str, checked: &Checked) {
    assert_eq!(checked.settings.is_some(), checked.problems.is_empty());
    let last = text.lines().count().max(1);
    let lines: Vec<_> = checked
        .problems
        .iter()
        .chain(&checked.notes)
        .map(|problem| problem.origin.line())
        .collect();
    assert!(
        lines
            .iter()
            .all(|line| line.is_some_and(|line| (1..=last).contains(&line))),
        "{lines:?}"
    );
    assert!(checked.problems.is_sorted_by_key(|problem| problem.origin.line()));
}

proptest! {
    #[test]
    fn any_text_ends_in_settings_or_in_problems_that_stand_in_it(text: String) {
        holds(&text, &check(&text));
    }

    #[test]
    fn any_text_that_is_nearly_a_configuration_does_too(text in nearly_ini()) {
        holds(&text, &check(&text));
    }

    #[test]
    fn any_mixture_of_known_words_does_too(text in mostly_right()) {
        holds(&text, &check(&text));
    }
}
