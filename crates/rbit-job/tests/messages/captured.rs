//! Every recorded body, beside what it decodes to.

use std::fmt::Write;

use rbit_job::JobRequest;

use crate::sample::{expected, recorded, recordings};

#[test]
fn every_recorded_body_decodes_to_what_its_producer_meant() {
    let mut table = String::new();
    for name in ["front-end", "build-client", "history"]
        .into_iter()
        .flat_map(recordings)
    {
        let decoded = match JobRequest::decode(&recorded(&name)) {
            Ok(request) => serde_json::to_string(&request).unwrap(),
            Err(error) => format!("refused: {error}"),
        };
        writeln!(table, "{name}\n  {decoded}").unwrap();
    }
    insta::assert_snapshot!(table);
}

#[test]
fn the_first_recorded_body_gives_each_field_from_its_own_attribute() {
    assert_eq!(
        JobRequest::decode(&recorded("front-end/01-buildrequest-plain.body")),
        Ok(expected())
    );
}
