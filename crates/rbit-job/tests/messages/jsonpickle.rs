//! One request with odd attributes, as eleven versions of jsonpickle encode it.

use std::collections::BTreeMap;

use rbit_job::{JobId, JobRequest, Transport};

use crate::sample::{expected, recorded, recordings};

#[test]
fn each_oddity_in_each_version_is_read_rightly_or_refused_by_name() {
    let versions = recordings("jsonpickle");
    assert_eq!(versions.len(), 11);
    for version in versions {
        let texts: BTreeMap<String, String> = serde_json::from_slice(&recorded(&version)).unwrap();
        assert_eq!(texts.len(), 18, "{version}");
        for (oddity, text) in texts {
            let decoded = JobRequest::decode(text.as_bytes()).map_err(|error| error.to_string());
            match answer(&version, &oddity) {
                Answer::NotEncoded => assert!(text.starts_with("ERROR"), "{version} {oddity}: {text}"),
                Answer::Read(request) => assert_eq!(decoded, Ok(*request), "{version} {oddity}"),
                Answer::Refused(error) => {
                    let found = decoded.unwrap_err();
                    assert!(found.starts_with(error), "{version} {oddity}: {found}");
                }
            }
        }
    }
}

enum Answer {
    /// That version cannot encode it.
    NotEncoded,
    Read(Box<JobRequest>),
    /// With a text that begins so.
    Refused(&'static str),
}

/// What the oddity means, where versions of jsonpickle differ in how they write it.
fn answer(version: &str, oddity: &str) -> Answer {
    let is_python_2 = version.contains("python-2.7");
    let is_one_of = |names: &[&str]| names.iter().any(|name| version.contains(&format!("-{name}.json")));
    match oddity {
        "plain" | "cycle(job.owner is request)" => read(plain()),
        "unicode" => read(JobRequest {
            package: "café".into(),
            ..plain()
        }),
        "utf8_bytes_name" if is_python_2 => read(JobRequest {
            package: "café".into(),
            ..plain()
        }),
        "utf8_bytes_name" => refused("`job.packageinstance.package.name` is an object with `py/b64`, expected text"),
        "shared_object(build_env is arch)" => read(JobRequest {
            build_env: Some("any".into()),
            ..plain()
        }),
        "big_int_and_float" => read(JobRequest {
            job: JobId::new("1180591620717411303424").unwrap(),
            timestamp: Some(1),
            ..plain()
        }),
        "tuple" => read(JobRequest {
            commands: Some("a\nb".into()),
            ..plain()
        }),
        "set" => read(JobRequest {
            commands: Some("a".into()),
            ..plain()
        }),
        "shared_list(commands, extra)" => {
            refused("`commands[1]` is an object of class `pybit.models.Arch`, expected text")
        }
        "shared_dict" | "odd_dict_keys" => refused("`commands` is an object, expected text"),
        "class" => refused("`commands` is an object with `py/type`, expected text"),
        "bytes" if is_one_of(&["0.3.1", "0.4.0", "0.5.0", "0.6.1", "0.8.0"]) => Answer::NotEncoded,
        "bytes" => refused("`commands` is an object with `py/b64`, expected text"),
        "datetime" if is_one_of(&["0.3.1", "0.4.0"]) => {
            refused("`timestamp` holds `py/repr`, which only running code could decode")
        }
        "datetime" => refused("`timestamp` is an object of class `datetime.datetime`, expected a number of seconds"),
        "decimal" if is_one_of(&["0.3.1", "0.4.0", "0.5.0", "0.6.1"]) => {
            refused("`timestamp` is an object of class `decimal.Decimal`, expected a number of seconds")
        }
        "decimal" => refused("`timestamp` holds `py/reduce`, which only running code could decode"),
        "nan" => refused("body is not JSON that can be read: expected value at line 1 column"),
        "list_with_same_object_twice" | "id_after_nested" => refused("`message` is a list, expected an object"),
        _ => panic!("unknown oddity {oddity}"),
    }
}

fn read(request: JobRequest) -> Answer {
    Answer::Read(Box::new(request))
}

fn refused(error: &'static str) -> Answer {
    Answer::Refused(error)
}

fn plain() -> JobRequest {
    JobRequest {
        job: JobId::new("7").unwrap(),
        web_host: Some("localhost:8080".into()),
        transport: Transport {
            uri: Some("http://h/".into()),
            ..expected().transport
        },
        ..expected()
    }
}
