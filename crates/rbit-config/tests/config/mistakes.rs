//! Mistakes are found, all at once, each with its place and a way out.

use std::path::Path;

use rbit_config::read;

use crate::surroundings::{BareWorld, LEAST, check, in_world, lines};

const MISTAKES: &str = include_str!("../fixtures/mistakes.ini");

#[test]
fn every_mistake_of_a_file_is_reported_in_the_order_of_its_lines() {
    let checked = read(
        MISTAKES,
        Path::new("mistakes.ini"),
        &in_world(&rbit_config::PermissiveWorld),
    );
    assert!(checked.settings.is_none());
    insta::assert_snapshot!(lines(&checked.problems).join("\n"));
    assert!(!format!("{checked:?}").contains("hunter2"));
}

#[test]
fn what_is_not_on_the_box_is_reported_for_runners_that_are_used() {
    let text = "[rbit]
queue-mappings = q:pdf p:py s:sh
[runner:pdf]
runner = wasm!pdf.wasm
output-dir = /srv/%SUITE/books
fonts = share/fonts
[runner:py]
runner = python!a.b:c
[runner:sh]
runner = shell!html2pdf %ID
[runner:unused]
runner = wasm!unused.wasm
output-dir = /nowhere
[sandbox:pdf]
mounts = fonts
";
    let world = BareWorld::default();
    insta::assert_snapshot!(lines(&read(text, Path::new("/e/rbit.ini"), &in_world(&world)).problems).join("\n"));
}

#[test]
fn a_file_for_encryption_that_cannot_be_used_is_reported_at_the_key_that_names_it() {
    let world = BareWorld::default();
    let problems = |amqp: &str| {
        let text = format!("[amqp]\n{amqp}");
        let problems = lines(&read(&text, Path::new("/e/rbit.ini"), &in_world(&world)).problems);
        problems
            .into_iter()
            .filter(|line| line.contains("[amqp]"))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        problems("tls = yes\nkey-file = key.pem\ncert-file = cert.pem\n"),
        [
            "/e/rbit.ini:2: [amqp] ca-file: nobody is believed; expected certificates of authorities in PEM",
            "/e/rbit.ini:3: [amqp] key-file: `/e/key.pem` cannot be used: it is no key; \
             expected the private key of `cert-file` in PEM, without a passphrase",
            "/e/rbit.ini:4: [amqp] cert-file: `/e/cert.pem` cannot be used: no such file; \
             expected certificates in PEM, rbit's own first",
        ]
    );
    assert!(problems("tls = yes\nca-file = /ca.pem\n")[0].starts_with("/e/rbit.ini:3: [amqp] ca-file: `/ca.pem`"));
    assert_eq!(problems("ca-file = /ca.pem\n"), [""; 0], "encryption is off");
    assert_eq!(
        problems("tls = maybe\ncert-file = x\n").len(),
        2,
        "what else is wrong is said, too"
    );
}

#[test]
fn a_file_that_says_nothing_lacks_the_one_section_that_is_needed() {
    let problems = lines(&check("").problems);
    assert_eq!(
        problems,
        ["/etc/rbit/rbit.ini:1: [rbit]: the section is missing; expected `[rbit]` with `queue-mappings`"]
    );
}

#[test]
fn a_misspelt_name_is_reported_once_and_its_value_is_checked() {
    let problems = lines(&check(&LEAST.replace("queue-mappings", "queue-maping").replace("q:r", "q:s")).problems);
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(
        problems[0].ends_with("help: did you mean `queue-mappings`?"),
        "{}",
        problems[0]
    );
    assert!(
        problems[1].contains("no section describes runner `s`"),
        "{}",
        problems[1]
    );
}

#[test]
fn a_key_of_another_section_is_told_where_it_belongs() {
    let problems = lines(&check(&LEAST.replace("[runner", "heartbeat = 3s\n[runner")).problems);
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].ends_with("help: `heartbeat` is a key of [amqp]"),
        "{}",
        problems[0]
    );
}

#[test]
fn a_comment_that_became_part_of_a_value_is_recognised() {
    let problems = lines(&check(&LEAST.replace("[runner", "slots = 4 # enough\n[runner")).problems);
    assert!(
        problems[0].contains("begins with ` ;`, not with `#`; the value would be `4`"),
        "{problems:?}"
    );
}

#[test]
fn mappings_may_share_a_line_and_carry_comments() {
    let text = LEAST.replace("q:r", "a:r b:r ; first\n    c:r, # and c\n    # d:r\n  e:r");
    let checked = check(&text);
    let queues: Vec<_> = checked
        .settings
        .unwrap()
        .queues
        .iter()
        .map(|queue| queue.name.to_string())
        .collect();
    assert_eq!(queues, ["a", "b", "c", "e"]);
}

#[test]
fn a_box_without_a_usable_name_has_to_be_named() {
    let mut surroundings = in_world(&rbit_config::PermissiveWorld);
    surroundings.host_name = Some("büro".into());
    let problems = lines(&read(LEAST, Path::new("f"), &surroundings).problems);
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].starts_with("f:1: [rbit] name: the key is missing"),
        "{}",
        problems[0]
    );
}

#[test]
fn names_that_nothing_can_have_are_refused() {
    let text = LEAST.replace("q:r", "q:r q:.hidden") + "[runner: spaced]\nrunner = wasm!x\n[queue:]\n[]\n";
    insta::assert_snapshot!(lines(&check(&text).problems).join("\n"));
}
