//! What guests may reach, and what of their settings is secret.

use std::path::Path;

use rbit_config::{PermissiveWorld, Settings, read};
use rbit_job::http::HttpPolicy;

use crate::surroundings::{BareWorld, in_world, lines};

fn file(common: &str, own: &str) -> String {
    format!(
        "[rbit]\nqueue-mappings = q:pdf p:epub\n[runner:pdf]\nrunner = wasm!pdf.wasm\ntoken = hunter22\n[runner:epub]\n\
         runner = wasm!epub.wasm\n[sandbox]\n{common}\n[sandbox:pdf]\n{own}\n"
    )
}

fn settings(common: &str, own: &str) -> Settings {
    let checked = read(
        &file(common, own),
        Path::new("/e/rbit.ini"),
        &in_world(&PermissiveWorld),
    );
    checked.settings.unwrap_or_else(|| panic!("{:#?}", checked.problems))
}

fn problems(common: &str, own: &str) -> String {
    let checked = read(
        &file(common, own),
        Path::new("/e/rbit.ini"),
        &in_world(&PermissiveWorld),
    );
    lines(&checked.problems).join("\n")
}

#[test]
fn nothing_can_be_reached_unless_a_pattern_says_so() {
    let granted = |common, own| {
        settings(common, own)
            .runners
            .iter()
            .map(|runner| runner.http.is_some())
            .collect::<Vec<_>>()
    };
    assert_eq!(granted("", ""), [false, false]);
    assert_eq!(
        granted("http-policy = count\nallow-internal = a=10.0.0.0/8", ""),
        [false, false]
    );
    assert_eq!(granted("", "allow-http = https://cnx.org"), [true, false]);
    assert_eq!(granted("allow-http = https://cnx.org", ""), [true, true]);
    // An empty list takes away what is granted to all.
    assert_eq!(granted("allow-http = https://cnx.org", "allow-http ="), [false, true]);
}

#[test]
fn a_runners_own_section_counts_before_that_of_all() {
    let settings = settings(
        "allow-http = https://cnx.org\nallow-internal = cnx.org=10.0.0.0/8\nhttp-policy = count",
        "allow-http = https://*.cnx.org http://cnx.org:8080\nhttp-policy = enforce\nhttp-requests = 7",
    );
    let [pdf, epub] = [&settings.runners[0], &settings.runners[1]];
    let grant = pdf.http.as_ref().unwrap();
    let shown: Vec<_> = grant.allow.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["https://*.cnx.org", "http://cnx.org:8080"]);
    assert_eq!(
        (grant.internal.len(), grant.policy, pdf.limits.http_requests),
        (1, HttpPolicy::Enforce, 7)
    );
    assert_eq!(
        (epub.http.as_ref().unwrap().policy, epub.limits.http_requests),
        (HttpPolicy::Count, 1000)
    );
}

#[test]
fn a_mistake_in_a_pattern_is_told_with_its_line_and_a_way_out() {
    insta::assert_snapshot!(problems(
        "allow-http =\n    cnx.org\n    https://joe:hunter2@cnx.org\n    https://cnx.org/content\n    https://a.*.org",
        "allow-internal = repo.lan repo.lan=10.0.0.1/8\nhttp-policy = counts\nhttp-timeout = 0s"
    ));
}

#[test]
fn the_values_of_secrets_are_listed_nowhere() {
    let settings = settings("secrets = token", "");
    let pdf = &settings.runners[0];
    assert_eq!(pdf.secret_values().collect::<Vec<_>>(), ["hunter22"]);
    let listed: Vec<_> = settings.effective().iter().map(ToString::to_string).collect();
    assert!(!format!("{listed:?} {settings:?} {pdf:?}").contains("hunter22"));
}

#[test]
fn a_mistake_in_secrets_is_told_without_them() {
    let world = BareWorld::default();
    let text = "[rbit]
queue-mappings = q:pdf
[runner:pdf]
runner = wasm!pdf.wasm
short = abc
away = file:/none
variable = env:NONE
credential = credential:token
climbs = credential:../token
[sandbox:pdf]
secrets = short away variable credential climbs runner absent
";
    let problems = read(text, Path::new("/e/rbit.ini"), &in_world(&world)).problems;
    insta::assert_snapshot!(lines(&problems).join("\n"));
}

#[test]
fn a_password_that_is_too_short_to_be_looked_for_is_noted_and_never_shown() {
    let notes = |password: &str| {
        let text = format!(
            "[rbit]\nqueue-mappings = q:pdf\nsource = amqp\n[amqp]\npassword = {password}\n\
             [pybit]\nurl = http://h\nuser = u\npassword = {password}\n[runner:pdf]\nrunner = wasm!pdf.wasm\n"
        );
        let checked = read(&text, Path::new("/e/rbit.ini"), &in_world(&BareWorld::default()));
        lines(&checked.notes)
    };
    let why = "fewer than 4 bytes: it is not looked for in logs and records, where it would be found in too much";
    let expected = [
        format!("/e/rbit.ini:5: [amqp] password: {why}"),
        format!("/e/rbit.ini:9: [pybit] password: {why}"),
    ];
    assert_eq!(notes("xyz"), expected);
    assert_eq!(notes("wxyz"), [] as [String; 0]);
}
