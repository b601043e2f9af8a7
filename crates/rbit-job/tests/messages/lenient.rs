//! What a message may leave out, and what it may carry besides.

use rbit_job::{JobRequest, Transport};

use crate::sample::{altered, expected, extended};

#[test]
fn attributes_that_nobody_reads_may_hold_anything() {
    let harmless = [
        r#""when": {"py/object": "datetime.datetime", "__reduce__": [{"py/type": "datetime.datetime"}, ["B90CAwQFBgAAAA=="]]}"#,
        r#""when": {"py/repr": "datetime/datetime.datetime(2013, 2, 3)"}"#,
        r#""price": {"py/reduce": [{"py/type": "decimal.Decimal"}, {"py/tuple": ["1.50"]}]}"#,
        r#""owner": {"py/object": "os.system", "py/newargs": {"py/tuple": ["id"]}}"#,
        r#""self": {"py/id": 0}, "other": {"py/ref": "/self"}, "lost": {"py/id": 99}"#,
        r#""huge": 1e999999, "tiny": -0.0, "": null, "\u0000": [[], {}]"#,
    ];
    for attributes in harmless {
        assert_eq!(extended(attributes), Ok(expected()), "{attributes}");
    }
}

#[test]
fn optional_attributes_may_be_null_or_absent() {
    let table = [
        (
            r#""web_host": "127.0.0.1:18027""#,
            "web_host",
            JobRequest {
                web_host: None,
                ..expected()
            },
        ),
        (r#""master": true"#, "master", expected()),
        (r#""build_env": null"#, "build_env", expected()),
        (r#""timestamp": null"#, "timestamp", expected()),
        (
            r#""vcs_id": "latest""#,
            "vcs_id",
            JobRequest {
                transport: Transport {
                    vcs_id: None,
                    ..expected().transport
                },
                ..expected()
            },
        ),
        (
            r#""uri": "http://cnx.org/content/""#,
            "uri",
            JobRequest {
                transport: Transport {
                    uri: None,
                    ..expected().transport
                },
                ..expected()
            },
        ),
    ];
    for (attribute, key, request) in table {
        assert_eq!(
            altered(attribute, &format!(r#""{key}": null"#)),
            Ok(request.clone()),
            "{key} is null"
        );
        assert_eq!(altered(attribute, r#""unknown": 0"#), Ok(request), "{key} is absent");
    }
}

#[test]
fn a_timestamp_may_have_a_fraction_which_is_dropped() {
    for (number, seconds) in [
        ("0", 0),
        ("-0.0", 0),
        ("1352000000", 1_352_000_000),
        ("1.999", 1),
        ("1e3", 1000),
        ("253402300799", 253_402_300_799),
    ] {
        let request = altered(r#""timestamp": null"#, &format!(r#""timestamp": {number}"#));
        assert_eq!(
            request,
            Ok(JobRequest {
                timestamp: Some(seconds),
                ..expected()
            }),
            "{number}"
        );
    }
}

#[test]
fn several_commands_become_lines() {
    for (commands, lines) in [
        (r#""make""#, "make"),
        (r#""""#, ""),
        ("[]", ""),
        (r#"["make", "make check"]"#, "make\nmake check"),
        (r#"{"py/tuple": ["make", "make check"]}"#, "make\nmake check"),
    ] {
        let request = extended(&format!(r#""commands": {commands}"#));
        assert_eq!(
            request,
            Ok(JobRequest {
                commands: Some(lines.into()),
                ..expected()
            }),
            "{commands}"
        );
    }
}

#[test]
fn a_name_is_kept_as_it_is_written_whatever_it_means_elsewhere() {
    for name in ["", "../../etc/passwd", "%ID", "a&amp;b", "${HOME}", "-rf"] {
        let request = altered(r#""m9003""#, &format!("\"{name}\""));
        assert_eq!(
            request,
            Ok(JobRequest {
                package: name.into(),
                ..expected()
            })
        );
    }
}
