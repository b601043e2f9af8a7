use std::path::Path;

use rbit_job::Reason;

use super::*;
use crate::{
    Delivered, Printed, Requested,
    case::{Case, Source},
};

fn expect(text: &str) -> Expect {
    let text = format!("runner = 'wasm!x'\n[expect]\n{text}");
    let source = Source {
        path: Path::new("/c/case.toml"),
        text: &text,
    };
    Case::read(source, None).unwrap().expect
}

fn observed() -> Observed {
    let delivered = |name: &str, text: &str| Delivered {
        name: name.into(),
        bytes: text.into(),
    };
    let requested = |url: &str, is_refused, is_unanswered| Requested {
        method: "GET".into(),
        url: url.into(),
        is_refused,
        is_unanswered,
    };
    let printed = |is_stderr, line: &str| Printed {
        is_stderr,
        line: line.into(),
    };
    Observed {
        reason: Reason::Done,
        text: String::new(),
        artifacts: vec![
            delivered("a.txt", "one\ntwo\n"),
            delivered("b.json", "{\"n\": 1, \"l\": [\"x\"]}"),
        ],
        requests: vec![
            requested("http://a/x", false, false),
            requested("http://b/", true, false),
        ],
        lines: vec![printed(false, "Hello"), printed(true, "careful")],
    }
}

/// What is told of a difference, `what: how` each.
fn told(text: &str, observed: &Observed) -> Vec<String> {
    let read = |path: &Path| match path.to_str() {
        Some("/c/a") => Ok(b"one\ntwo\n".to_vec()),
        Some("/c/b") => Ok(b"one\n\xff".to_vec()),
        _ => Err(io::ErrorKind::NotFound.into()),
    };
    let mismatches = compare(&expect(text), observed, &read);
    mismatches
        .iter()
        .map(|mismatch| format!("{}: {}", mismatch.what, mismatch.how))
        .collect()
}

const FILES: &str = "[[expect.artifacts]]\nname = 'a.txt'\n[[expect.artifacts]]\nname = 'b.json'\n";

#[test]
fn what_is_as_expected_is_no_difference() {
    for text in [
        format!("outcome = 'done'\nreason = 'done'\ntext = ''\n{FILES}"),
        "artifacts = [{ name = 'a.txt', text = \"one\\ntwo\\n\", size = 8, contains = ['one', 'two'] }, { name = 'b.json' }]".into(),
        "artifacts = [{ name = 'a.txt', file = 'a' }, { name = 'b.json', json = { '/n' = 1, '/l/0' = 'x', '/l' = ['x'] } }]".into(),
        format!("requests = [{{ url = 'http://a/*' }}, {{ url = 'http://b/', refused = true }}]\n{FILES}"),
        format!("log.stdout = \"Hello\\n\"\nlog.contains = 'care'\nlog.matches = '^H'\nlog.lacks = ['x']\n{FILES}"),
    ] {
        let found = told(&text, &observed());
        assert!(found.is_empty(), "{text}: {found:?}");
    }
}

#[test]
fn each_kind_of_difference_is_named() {
    for (text, words) in [
        ("outcome = 'failed'", "outcome: expected failed, found done"),
        ("reason = 'timeout'", "reason: expected timeout, found done"),
        ("text = 'x'", "text: - x"),
        ("text-contains = 'x'", "text: does not contain `x`: ``"),
        ("text-matches = 'x+'", "text: does not match `x+`: ``"),
        (
            "[[expect.artifacts]]\nname = 'a.txt'\ntext = \"one\\n2\\n\"",
            "artifact `a.txt`: text:   one\n- 2\n+ two",
        ),
        (
            "[[expect.artifacts]]\nname = 'a.txt'\ncontains = 'three'",
            "artifact `a.txt`: text: does not contain `three`",
        ),
        (
            "[[expect.artifacts]]\nname = 'a.txt'\nmatches = '^two'",
            "artifact `a.txt`: text: does not match `^two`",
        ),
        (
            "[[expect.artifacts]]\nname = 'a.txt'\nsize = 7",
            "artifact `a.txt`: size: expected 7 bytes, found 8",
        ),
        (
            "[[expect.artifacts]]\nname = 'a.txt'\nfile = 'none'",
            "artifact `a.txt`: file: cannot read `/c/none`",
        ),
        (
            "[[expect.artifacts]]\nname = 'a.txt'\nfile = 'b'",
            "artifact `a.txt`: file: expected 5 bytes, found 8, which differ from byte 4 on",
        ),
        (
            "[[expect.artifacts]]\nname = 'a.txt'\njson = { '' = 1 }",
            "artifact `a.txt`: json: it is no JSON",
        ),
        (
            "[[expect.artifacts]]\nname = 'b.json'\njson = { '/n' = 2 }",
            "artifact `b.json`: json `/n`: expected 2, found `1`",
        ),
        (
            "[[expect.artifacts]]\nname = 'b.json'\njson = { '/m' = 2 }",
            "artifact `b.json`: json `/m`: expected 2, and there is nothing",
        ),
        ("[[expect.artifacts]]\nname = 'c'", "artifact `c`: it was not delivered"),
        ("", "artifact `a.txt`: 8 bytes were delivered, and it is not listed"),
        ("requests = []", "request GET http://a/x: it was made, it is not listed"),
        (
            "requests = []",
            "request GET http://b/: it was made, refused, and it is not listed",
        ),
        (
            "requests = [{ url = 'http://a/x', times = 2 }]",
            "request GET http://a/x: expected 2 requests, found 1",
        ),
        (
            "requests = [{ url = 'http://a/x', method = 'PUT' }]",
            "request PUT http://a/x: expected 1 request, found 0",
        ),
        (
            "requests = [{ url = 'http://b/' }]",
            "request GET http://b/: expected 1 request, found 0",
        ),
        ("log.stdout = \"Hi\\n\"", "log: stdout: - Hi\n+ Hello"),
        ("log.stderr = ''", "log: stderr: + careful"),
        ("log.contains = ['Hello', 'none']", "log: no line contains `none`"),
        ("log.matches = '^x'", "log: no line matches `^x`"),
        ("log.lacks = 'care'", "log: a line contains `care`: careful"),
    ] {
        let found = told(text, &observed());
        assert!(found.iter().any(|line| line.starts_with(words)), "{text}: {found:?}");
    }
    let digest = format!("[[expect.artifacts]]\nname = 'a.txt'\nsha256 = '{}'", "0".repeat(64));
    assert!(told(&digest, &observed())[0].starts_with("artifact `a.txt`: sha256: expected 000"));
}

#[test]
fn the_text_of_another_outcome_is_told_with_it() {
    let observed = Observed {
        reason: Reason::GuestFailed,
        text: "no name".into(),
        artifacts: vec![],
        ..observed()
    };
    assert_eq!(told("", &observed), ["outcome: expected done, found failed: no name"]);
}

#[test]
fn a_request_without_an_answer_is_a_difference_whether_requests_are_listed_or_not() {
    let mut observed = observed();
    observed.requests[0].is_unanswered = true;
    let expected = "request GET http://a/x: no `[[http]]` answer is for it";
    assert_eq!(told(FILES, &observed), [expected]);
}

#[test]
fn bytes_that_are_no_text_are_compared_as_bytes() {
    let mut observed = observed();
    observed.artifacts[0].bytes = b"one\n\xfe".to_vec();
    let found = told(
        "artifacts = [{ name = 'a.txt', file = 'b' }, { name = 'b.json' }]",
        &observed,
    );
    assert_eq!(
        found,
        ["artifact `a.txt`: file: expected 5 bytes, found 5, which differ from byte 4 on"]
    );
    let found = told(
        "artifacts = [{ name = 'a.txt', text = '' }, { name = 'b.json' }]",
        &observed,
    );
    assert_eq!(found, ["artifact `a.txt`: text: it is not UTF-8"]);
}

#[test]
fn files_of_two_runs_are_compared_byte_for_byte() {
    let first = observed().artifacts;
    assert_eq!(same_artifacts(&first, &first), []);
    let mut other = first.clone();
    other[0].bytes = b"one\n2\n".to_vec();
    other.pop();
    let told: Vec<_> = same_artifacts(&first, &other)
        .into_iter()
        .map(|found| found.what + ": " + &found.how)
        .collect();
    assert_eq!(
        told,
        [
            "artifact `a.txt`:   one\n- two\n+ 2",
            "artifact `b.json`: only the first run delivered it"
        ]
    );
}
