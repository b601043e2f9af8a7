//! Where the messages of the tests come from.

use std::{fs, path::PathBuf};

use rbit_job::{DecodeError, JobId, JobRequest, Transport};

/// A recorded message.
pub(crate) fn recorded(name: &str) -> Vec<u8> {
    fs::read(fixtures().join(name)).unwrap()
}

/// The names of the recordings in a folder, sorted.
pub(crate) fn recordings(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(fixtures().join(folder)).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names.into_iter().map(|name| format!("{folder}/{name}")).collect()
}

/// The first recorded message with one part of its text replaced, decoded.
pub(crate) fn altered(part: &str, by: &str) -> Result<JobRequest, DecodeError> {
    let message = String::from_utf8(recorded("front-end/01-buildrequest-plain.body")).unwrap();
    assert_eq!(message.matches(part).count(), 1, "{part}");
    JobRequest::decode(message.replace(part, by).as_bytes())
}

/// The first recorded message with further attributes of the request, decoded.
pub(crate) fn extended(attributes: &str) -> Result<JobRequest, DecodeError> {
    altered(r#""timestamp": null"#, &format!(r#""timestamp": null, {attributes}"#))
}

/// What the first recorded message says.
pub(crate) fn expected() -> JobRequest {
    JobRequest {
        job: JobId::new("4").unwrap(),
        web_host: Some("127.0.0.1:18027".into()),
        package: "m9003".into(),
        version: "1.2".into(),
        arch: "any".into(),
        suite: "latex".into(),
        dist: "cnx".into(),
        format: "pdf".into(),
        build_env: None,
        master: true,
        transport: Transport {
            method: "http".into(),
            uri: Some("http://cnx.org/content/".into()),
            vcs_id: Some("latest".into()),
        },
        commands: None,
        timestamp: None,
    }
}

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/messages")
}
