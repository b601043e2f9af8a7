//! `py/id` and `py/ref` in the places that are read.

use rbit_job::{DecodeError, JobRequest};

use crate::sample::{altered, expected, extended};

const BUILD_ENV: &str = r#""build_env": null"#;

fn build_env(reference: &str) -> Result<JobRequest, DecodeError> {
    altered(BUILD_ENV, &format!(r#""build_env": {reference}"#))
}

fn dangling(path: &str, reference: &str) -> Result<JobRequest, DecodeError> {
    Err(DecodeError::Dangling {
        path: path.into(),
        reference: reference.into(),
    })
}

#[test]
fn a_reference_to_an_object_in_another_role_gives_its_name() {
    let shared = Ok(JobRequest {
        build_env: Some("any".into()),
        ..expected()
    });
    assert_eq!(
        build_env(r#"{"py/id": 3}"#),
        shared,
        "request, job, packageinstance, arch by sorted names"
    );
    assert_eq!(build_env(r#"{"py/ref": "/job/packageinstance/arch"}"#), shared);
}

#[test]
fn a_reference_may_lead_to_an_attribute_that_is_read_nowhere_else() {
    let message = r#"{"py/object": "pybit.models.BuildRequest", "job": {"py/ref": "/task"}, "task":
        {"id": 4, "py/object": "pybit.models.Job", "packageinstance": {"package": {"name": "m9003", "version": "1.2"},
        "arch": {"name": "any"}, "suite": {"name": "latex"}, "distribution": {"name": "cnx"}, "format": {"name": "pdf"}}},
        "transport": {"method": "http", "uri": "http://cnx.org/content/", "vcs_id": "latest"}, "web_host": "127.0.0.1:18027"}"#;
    assert_eq!(JobRequest::decode(message.as_bytes()), Ok(expected()));
    let error = JobRequest::decode(message.replace("/task", "/nothing").as_bytes());
    assert_eq!(error, dangling("job", "py/ref /nothing"));
}

#[test]
fn a_reference_that_leads_nowhere_is_refused() {
    let path = "job.packageinstance.build_env";
    for (reference, shown) in [
        (r#"{"py/id": 99}"#, "py/id 99"),
        (r#"{"py/id": 18446744073709551616}"#, "py/id 18446744073709551616"),
        (r#"{"py/id": -1}"#, "py/id -1"),
        (r#"{"py/id": "3"}"#, "py/id 3"),
        (r#"{"py/id": [3]}"#, "py/id a list"),
        (r#"{"py/ref": 3}"#, "py/ref 3"),
        (
            r#"{"py/ref": "/job/packageinstance/arch/name"}"#,
            "py/ref /job/packageinstance/arch/name",
        ),
        (r#"{"py/ref": "\u001b"}"#, r"py/ref \u{1b}"),
    ] {
        assert_eq!(build_env(reference), dangling(path, shown));
    }
}

#[test]
fn a_reference_to_an_object_of_another_kind_is_refused() {
    let path = "job.packageinstance.build_env";
    for (reference, shown) in [
        (r#"{"py/id": 0}"#, "py/id 0"),
        (r#"{"py/ref": "/"}"#, "py/ref /"),
        (r#"{"py/ref": "/transport"}"#, "py/ref /transport"),
    ] {
        assert_eq!(build_env(reference), dangling(path, shown));
    }
}

#[test]
fn cycles_end_at_their_first_reference() {
    let itself = build_env(r#"{"py/ref": "/job/packageinstance/build_env"}"#);
    assert_eq!(
        itself,
        dangling("job.packageinstance.build_env", "py/ref /job/packageinstance/build_env")
    );
    let message = br#"{"job": {"py/ref": "/task"}, "task": {"py/ref": "/job"}, "transport": {"method": "http"}}"#;
    assert_eq!(JobRequest::decode(message), dangling("job", "py/ref /task"));
    let message = br#"{"py/object": "pybit.models.BuildRequest", "job": {"py/id": 0}}"#;
    assert_eq!(JobRequest::decode(message), dangling("job", "py/id 0"));
}

#[test]
fn references_that_double_one_another_are_never_followed() {
    let doubling: Vec<_> = (1..3000)
        .map(|n| format!(r#"[{{"py/id": {n}}}, {{"py/id": {n}}}]"#))
        .collect();
    assert_eq!(
        extended(&format!(r#""bomb": [{}]"#, doubling.join(","))),
        Ok(expected())
    );
}
