//! What `docs/messages.md` promises.

use rbit_job::JobRequest;

use crate::sample::{expected, recorded};

const DOCUMENT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/messages.md"));

/// The text of the fenced JSON blocks.
fn examples() -> Vec<&'static str> {
    DOCUMENT
        .split("```json\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

#[test]
fn the_plain_and_the_tagged_example_are_the_same_request() {
    let requests: Vec<_> = examples()
        .into_iter()
        .map(|json| JobRequest::decode(json.as_bytes()))
        .collect();
    assert_eq!(requests, [Ok(expected()), Ok(expected())]);
}

#[test]
fn the_tagged_example_is_what_pybit_sends() {
    let parse = |json: &[u8]| serde_json::from_slice::<serde_json::Value>(json).unwrap();
    assert_eq!(
        parse(examples()[1].as_bytes()),
        parse(&recorded("front-end/01-buildrequest-plain.body"))
    );
}

#[test]
fn the_bounds_are_those_of_the_code() {
    let kib = |bytes: usize| format!("{} KiB", bytes / 1024);
    for bound in [
        kib(JobRequest::MAX_BODY),
        kib(JobRequest::MAX_TEXT),
        JobRequest::MAX_TIMESTAMP.to_string(),
    ] {
        assert!(DOCUMENT.contains(&bound), "{bound}");
    }
}
