//! `rbit.ini.example` is itself a configuration, as it is and with every key in force.

use std::time::Duration;

use rbit_config::{LogFormat, Source};
use rbit_job::{Limits, QueuePolicy};

use crate::surroundings::{LEAST, check, lines, settings, settings_of};

const EXAMPLE: &str = include_str!("../../../../rbit.ini.example");

/// The example with its keys and sections no longer commented out.
fn in_force() -> String {
    let is_prose = |line: &str| line.starts_with("# ") || line == "#";
    let lines = EXAMPLE.lines().map(|line| {
        if is_prose(line) {
            line
        } else {
            line.trim_start_matches('#')
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_example_as_it_is_loads_and_uses_the_local_source() {
    let checked = check(EXAMPLE);
    assert_eq!(
        lines(&checked.notes).len(),
        1,
        "only the missing [pybit] is worth a note: {:?}",
        checked.notes
    );
    let settings = settings_of(checked);
    assert!(matches!(settings.source, Source::Local));
    assert_eq!(settings.runners[0].mounts[0].guest_path(), "/mnt/style-dir");
}

#[test]
fn the_example_with_every_key_in_force_loads() {
    let text = in_force().replace("source = local", "source = amqp");
    let settings = settings(&text);
    let Source::Amqp(amqp) = settings.source else {
        panic!("the broker is the source")
    };
    let endpoints: Vec<_> = amqp
        .endpoints
        .iter()
        .map(|node| format!("{}:{}", node.host, node.port))
        .collect();
    assert_eq!(endpoints, ["rabbit-1:5672", "rabbit-2:5673"]);
    assert_eq!(settings.pybit.unwrap().client.as_str(), "build_client_tim-taylor");
}

#[test]
fn the_defaults_are_those_of_the_vocabulary() {
    let settings = settings(LEAST);
    assert_eq!(settings.runners[0].limits, Limits::default());
    assert_eq!(settings.queues[0].policy, QueuePolicy::default());
    assert_eq!(settings.log.format, LogFormat::Text);
    assert_eq!((settings.slots, settings.queues[0].slots), (2, 2));
    assert_eq!(settings.drain_timeout, Duration::from_secs(30));
}
