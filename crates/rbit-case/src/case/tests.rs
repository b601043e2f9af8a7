use std::path::Path;

use super::{read::DEFAULT_CLOCK, *};
use crate::file::CaseFile;

fn read(case: &str, suite: Option<&str>) -> Result<Case, CaseError> {
    let source = |path: &'static str, text| Source {
        path: Path::new(path),
        text,
    };
    Case::read(
        source("/s/cases/c/case.toml", case),
        suite.map(|text| source("/s/suite.toml", text)),
    )
}

#[test]
fn what_a_case_does_not_say_its_suite_says_and_the_rest_has_defaults() {
    let suite = "
        runner = 'wasm!x.wasm'
        attempt = 2
        [request]
        package = 'm1'
        version = '3'
        transport.uri = 'http://a/'
        [settings]
        a = '1'
        b = '2'
        [mounts]
        input = 'files'
        [sandbox]
        timeout = '5s'
        allow-http = ['http://a', 'http://b']
        [[http]]
        url = 'http://a/*'
    ";
    let case = "
        [request]
        version = '4'
        transport.method = 'git'
        [settings]
        b = '3'
        c = '4'
        [mounts]
        style = 'css'
        [sandbox]
        files = 7
        random = 'host'
        [[http]]
        url = 'http://a/b'
        body-file = 'b.txt'
    ";
    let case = read(case, Some(suite)).unwrap();
    assert_eq!(
        (case.runner.as_str(), case.runner_folder.to_str()),
        ("wasm!x.wasm", Some("/s"))
    );
    let Asked::Here(request) = case.request else { panic!() };
    assert_eq!((request.package.as_str(), request.version.as_str()), ("m1", "4"));
    assert_eq!(request.transport.method, "git");
    assert_eq!(request.transport.uri.as_deref(), Some("http://a/"));
    assert_eq!(
        (case.attempt.number(), request.job.as_str(), request.arch.as_str()),
        (2, "1", "any")
    );
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(case.settings, [pair("a", "1"), pair("b", "3"), pair("c", "4")]);
    let mounts = [
        ("input".to_owned(), "/s/files".into()),
        ("style".to_owned(), "/s/cases/c/css".into()),
    ];
    assert_eq!(case.mounts, mounts);
    let sandbox = [
        pair("timeout", "5s"),
        pair("allow-http", "http://a http://b"),
        pair("files", "7"),
        pair("random", "host"),
        pair("clock", DEFAULT_CLOCK),
    ];
    assert_eq!(case.sandbox, sandbox);
    let bodies: Vec<_> = case
        .answers
        .iter()
        .map(|answer| (answer.status, answer.body.clone()))
        .collect();
    assert_eq!(
        bodies,
        [
            (200, Content::File("/s/cases/c/b.txt".into())),
            (200, Content::Text(String::new()))
        ]
    );
    assert_eq!(case.expect.outcome, OutcomeKind::Done);
    assert!(case.expect.requests.is_none());
}

#[test]
fn what_is_wrong_with_a_case_is_told_by_its_key() {
    for (case, words) in [
        ("", "`runner` is missing"),
        ("runner = 1", "invalid type: integer"),
        ("runer = 'x'", "unknown field `runer`"),
        ("runner = 'x'\n[expect]\noutcom = 'done'", "unknown field `outcom`"),
        ("runner = 'x'\n[expect]\noutcome = 'fine'", "unknown variant `fine`"),
        (
            "runner = 'x'\n[expect]\nreason = 'fine'",
            "`expect.reason` cannot be used: `fine` is no reason code",
        ),
        (
            "runner = 'x'\n[expect]\ntext-matches = '('",
            "`expect.text-matches` cannot be used",
        ),
        (
            "runner = 'x'\n[expect.log]\nmatches = ['a', '(']",
            "`expect.log.matches` cannot be used",
        ),
        ("runner = 'x'\n[[expect.artifacts]]\ntext = ''", "missing field `name`"),
        (
            "runner = 'x'\n[[expect.artifacts]]\nname = 'a'\nsha256 = 'b'",
            "it is no SHA-256 digest",
        ),
        (
            "runner = 'x'\n[[expect.artifacts]]\nname = 'a'\njson = { a = 1 }",
            "`a` does not begin with `/`",
        ),
        (
            "runner = 'x'\n[[http]]\nurl = 'u'\nbody = ''\nbody-file = ''",
            "there is a `body-file`, too",
        ),
        ("runner = 'x'\n[[http]]\nurl = 'u'\nstatus = 42", "`42` is no status"),
        (
            "runner = 'x'\n[settings]\nrunner = 'y'",
            "`settings.runner` cannot be used: rbit sets it",
        ),
        (
            "runner = 'x'\n[sandbox]\ntimeout = 1.5",
            "expected a text, a number, or a list of texts",
        ),
        ("runner = ", "/s/cases/c/case.toml"),
    ] {
        let error = read(case, None).unwrap_err().to_string();
        assert!(error.contains(words), "{case}: {error}");
    }
    let error = read("", Some("runner = 'x'\n[expect]")).unwrap_err().to_string();
    assert!(error.contains("it belongs to cases"), "{error}");
}

#[test]
fn a_message_in_a_file_takes_the_place_of_the_request() {
    let case = read("runner = 'x'\nrequest-file = 'r.json'", None).unwrap();
    assert_eq!(case.request, Asked::File("/s/cases/c/r.json".into()));
}

/// A case with every key that one can have: another one is refused, and the document has a row for each.
#[test]
fn the_document_has_every_key_of_a_case_and_no_other() {
    let every = "
        runner = 'x'
        request-file = 'f'
        attempt = 1
        [request]
        job = 1
        package = ''
        version = ''
        arch = ''
        suite = ''
        dist = ''
        format = ''
        build-env = ''
        master = true
        commands = ''
        timestamp = 1
        transport.method = ''
        transport.uri = ''
        transport.vcs-id = ''
        [[http]]
        method = ''
        url = ''
        request-headers = {}
        request-body = ''
        times = 1
        status = 200
        headers = {}
        body = ''
        body-file = ''
        [expect]
        outcome = 'done'
        reason = 'done'
        text = ''
        text-contains = ''
        text-matches = ''
        [[expect.artifacts]]
        name = ''
        text = ''
        file = ''
        sha256 = ''
        size = 1
        contains = ''
        matches = ''
        json = {}
        [[expect.requests]]
        method = ''
        url = ''
        refused = true
        times = 1
        [expect.log]
        stdout = ''
        stderr = ''
        contains = ''
        matches = ''
        lacks = ''
    ";
    toml_edit::de::from_str::<CaseFile>(every).unwrap();
    let document = include_str!("../../../../docs/testing-guests.md");
    let keys = document
        .split("\n## The keys\n")
        .nth(1)
        .unwrap()
        .split("\n## ")
        .next()
        .unwrap();
    let mut documented: Vec<&str> = Vec::new();
    for row in keys.lines().filter(|line| line.starts_with("| `")) {
        let names = row.split(" | ").next().unwrap();
        documented.extend(names.split('`').skip(1).step_by(2));
    }
    let mut known: Vec<_> = every
        .lines()
        .filter_map(|line| line.trim().split_once(" = "))
        .map(|(key, _)| key)
        .collect();
    // Lists of tables, and the keys that two have in common with the INI file.
    known.extend(["artifacts", "requests", "log", "clock", "random"]);
    documented.sort_unstable();
    known.sort_unstable();
    assert_eq!(documented, known);
}

#[test]
fn the_document_has_every_word_for_an_outcome_that_a_case_can_expect() {
    let document = include_str!("../../../../docs/testing-guests.md");
    let row = document.lines().find(|line| line.starts_with("| `outcome` |")).unwrap();
    for kind in OutcomeKind::ALL {
        assert!(row.contains(&format!("`{kind}`")), "{kind}");
    }
}
