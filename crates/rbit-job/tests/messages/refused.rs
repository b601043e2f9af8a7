//! Messages that are refused, each with the reason a person gets to read.

use rbit_job::{DecodeError, JobRequest};

use crate::sample::{altered, expected, extended, recorded};

const JOB_ID: &str = r#""id": 4, "buildclient""#;
const PACKAGE: &str = r#""m9003""#;
const ARCH: &str = r#"{"py/object": "pybit.models.Arch", "id": 3, "name": "any"}"#;

fn text(result: Result<JobRequest, DecodeError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn a_job_id_is_a_whole_number_and_nothing_that_looks_like_one() {
    let table = [
        (r#""id": "4""#.to_owned(), "`job.id` is text, expected a whole number"),
        (r#""id": true"#.to_owned(), "`job.id` is true, expected a whole number"),
        (
            r#""id": -4"#.to_owned(),
            "`job.id` is the number `-4`, expected a whole number of at most 40 digits",
        ),
        (
            r#""id": 4.0"#.to_owned(),
            "`job.id` is the number `4.0`, expected a whole number of at most 40 digits",
        ),
        (r#""id": null"#.to_owned(), "`job.id` is missing or null"),
        (r#""number": 4"#.to_owned(), "`job.id` is missing or null"),
    ];
    for (attribute, error) in table {
        assert_eq!(text(altered(JOB_ID, &format!("{attribute}, \"buildclient\""))), error);
    }
    let huge = format!(r#""id": {}, "buildclient""#, "9".repeat(10_000));
    assert!(text(altered(JOB_ID, &huge)).ends_with("9…`, expected a whole number of at most 40 digits"));
}

#[test]
fn an_attribute_of_another_type_is_named_by_its_path() {
    let table = [
        (
            PACKAGE,
            "5",
            "`job.packageinstance.package.name` is the number `5`, expected text",
        ),
        (PACKAGE, "null", "`job.packageinstance.package.name` is missing or null"),
        (
            PACKAGE,
            r#"["m9003"]"#,
            "`job.packageinstance.package.name` is a list, expected text",
        ),
        (
            r#""latex""#,
            r#"{"a": 1}"#,
            "`job.packageinstance.suite.name` is an object, expected text",
        ),
        (
            ARCH,
            r#""any""#,
            "`job.packageinstance.arch` is text, expected an object",
        ),
        (ARCH, "null", "`job.packageinstance.arch` is missing or null"),
        (
            r#""master": true"#,
            r#""master": 1"#,
            "`job.packageinstance.master` is the number `1`, expected true or false",
        ),
        (
            r#""build_env": null"#,
            r#""build_env": "tex""#,
            "`job.packageinstance.build_env` is text, expected an object",
        ),
        (
            r#""127.0.0.1:18027""#,
            "8080",
            "`web_host` is the number `8080`, expected text",
        ),
        (
            r#""method": "http""#,
            r#""method": null"#,
            "`transport.method` is missing or null",
        ),
        (
            r#""latest""#,
            "7",
            "`transport.vcs_id` is the number `7`, expected text",
        ),
        (r#""transport""#, r#""transports""#, "`transport` is missing or null"),
    ];
    for (part, by, error) in table {
        assert_eq!(text(altered(part, by)), error);
    }
}

#[test]
fn commands_are_text_or_a_list_of_texts() {
    assert_eq!(
        text(extended(r#""commands": 1"#)),
        "`commands` is the number `1`, expected text"
    );
    assert_eq!(
        text(extended(r#""commands": ["a", null]"#)),
        "`commands[1]` is null, expected text"
    );
    let nested = r#""commands": {"py/tuple": [["a"]]}"#;
    assert_eq!(text(extended(nested)), "`commands[0]` is a list, expected text");
    let mixed = r#""commands": {"py/tuple": ["a"], "py/repr": "b"}"#;
    assert_eq!(
        text(extended(mixed)),
        "`commands` holds `py/repr`, which only running code could decode"
    );
}

#[test]
fn a_timestamp_is_a_second_between_1970_and_the_year_10000() {
    for number in [
        "-1",
        "-0.5",
        "253402300800",
        "253402300799.5",
        "1e+300",
        "1e+999",
        "18446744073709551616",
    ] {
        let error = format!("`timestamp` is the number `{number}`, expected Unix seconds before the year 10000");
        assert_eq!(
            text(altered(r#""timestamp": null"#, &format!(r#""timestamp": {number}"#))),
            error
        );
    }
    let error = "`timestamp` is text, expected a number of seconds";
    assert_eq!(
        text(altered(r#""timestamp": null"#, r#""timestamp": "2013-02-03""#)),
        error
    );
}

#[test]
fn code_is_refused_by_name_wherever_its_value_would_be_needed() {
    for (part, path) in [
        (PACKAGE, "job.packageinstance.package.name"),
        (ARCH, "job.packageinstance.arch"),
        (r#""latest""#, "transport.vcs_id"),
    ] {
        for (tag, value) in [
            ("py/repr", r#""os/os.system('id')""#),
            ("py/reduce", r#"[{"py/type": "os.system"}]"#),
        ] {
            let expected = DecodeError::Code { path: path.into(), tag };
            assert_eq!(
                altered(part, &format!(r#"{{"{tag}": {value}}}"#)),
                Err(expected.clone())
            );
            let with_name = format!(r#"{{"py/object": "pybit.models.Arch", "name": "any", "{tag}": {value}}}"#);
            assert_eq!(altered(part, &with_name), Err(expected));
        }
    }
    let root = JobRequest::decode(br#"{"py/reduce": [{"py/type": "os.system"}, {"py/tuple": ["id"]}]}"#);
    assert_eq!(
        text(root),
        "`message` holds `py/reduce`, which only running code could decode"
    );
    let state = r#"{"py/object": "pybit.models.Arch", "py/state": {"py/repr": "x", "name": "any"}}"#;
    assert_eq!(
        altered(ARCH, state),
        Err(DecodeError::Code {
            path: "job.packageinstance.arch".into(),
            tag: "py/repr"
        })
    );
}

#[test]
fn a_message_of_another_class_is_refused_by_its_name() {
    for class in [
        "pybit.models.CancelRequest",
        "pybit.models.StatusRequest",
        "os.system",
        "BuildRequest",
        "",
    ] {
        let error = altered("pybit.models.BuildRequest", class);
        assert_eq!(
            error,
            Err(DecodeError::WrongMessage {
                class: class.into(),
                expected: "pybit.models.BuildRequest"
            })
        );
    }
    let task = JobRequest::decode(&recorded("build-client/taskcomplete-success.body"));
    assert_eq!(
        text(task),
        "message is a `pybit.models.TaskComplete`, not a `pybit.models.BuildRequest`"
    );
    assert_eq!(
        text(altered(r#""pybit.models.BuildRequest""#, "7")),
        "`py/object` is the number `7`, expected text"
    );
}

#[test]
fn an_attribute_of_another_class_is_refused() {
    let error = "`job.packageinstance.package` is an object of class `os.system`, expected pybit.models.Package";
    assert_eq!(text(altered("pybit.models.Package\"", "os.system\"")), error);
    let error = "`job.packageinstance.suite` is an object of class `pybit.models.Job`, expected pybit.models.Suite";
    assert_eq!(text(altered("pybit.models.Suite", "pybit.models.Job")), error);
}

#[test]
fn a_text_has_at_most_the_bytes_that_the_bound_says() {
    let longest = "é".repeat(JobRequest::MAX_TEXT / 2);
    let request = altered(PACKAGE, &format!("\"{longest}\"")).unwrap();
    assert_eq!(
        request,
        JobRequest {
            package: longest.clone(),
            ..expected()
        }
    );
    let error = "`job.packageinstance.package.name` has 4097 bytes, more than 4096";
    assert_eq!(text(altered(PACKAGE, &format!("\"x{longest}\""))), error);
    let half = "x".repeat(JobRequest::MAX_TEXT / 2);
    let error = "`commands` has 4097 bytes, more than 4096";
    assert_eq!(text(extended(&format!(r#""commands": ["{half}", "{half}"]"#))), error);
}

#[test]
fn a_body_has_at_most_the_bytes_that_the_bound_says() {
    let mut body = recorded("front-end/01-buildrequest-plain.body");
    body.resize(JobRequest::MAX_BODY, b' ');
    assert_eq!(JobRequest::decode(&body), Ok(expected()));
    body.push(b' ');
    assert_eq!(
        JobRequest::decode(&body),
        Err(DecodeError::TooLarge(JobRequest::MAX_BODY + 1))
    );
}

#[test]
fn a_key_given_twice_is_refused_wherever_it_stands() {
    let error = "an object has the key `id` more than once";
    assert_eq!(text(altered(JOB_ID, r#""id": 4, "id": 5, "buildclient""#)), error);
    assert_eq!(text(extended(r#""extra": [{"id": 1, "id": 1}]"#)), error);
}

#[test]
fn what_is_not_one_json_text_in_utf_8_is_refused() {
    let not_json: [&[u8]; 10] = [
        b"",
        b"{",
        b"{} {}",
        b"{'a': 1}",
        b"NaN",
        b"-Infinity",
        b"\xEF\xBB\xBF{}",
        b"{\"a\": \"\\ud800\"}",
        b"{\"a\": \"\n\"}",
        b"\0",
    ];
    for body in not_json {
        assert!(
            matches!(JobRequest::decode(body), Err(DecodeError::NotJson(_))),
            "{body:?}"
        );
    }
    for body in [&b"{\"a\": \"\xff\"}"[..], b"\xff\xfe{\0}\0"] {
        assert!(
            matches!(JobRequest::decode(body), Err(DecodeError::NotUtf8(_))),
            "{body:?}"
        );
    }
    for (body, found) in [
        ("null", "null"),
        ("[]", "a list"),
        ("7", "the number `7`"),
        ("\"x\"", "text"),
    ] {
        assert_eq!(
            text(JobRequest::decode(body.as_bytes())),
            format!("`message` is {found}, expected an object")
        );
    }
    assert_eq!(text(JobRequest::decode(b"{}")), "`job` is missing or null");
}

#[test]
fn nesting_is_bounded_even_in_attributes_that_nobody_reads() {
    let nested = |depth: usize| format!(r#""extra": {}{}"#, "[".repeat(depth), "]".repeat(depth));
    assert_eq!(extended(&nested(100)), Ok(expected()));
    assert!(matches!(extended(&nested(60_000)), Err(DecodeError::NotJson(_))));
}

#[test]
fn what_an_error_shows_of_a_message_is_escaped_and_cut() {
    let class = format!(r"\u001b[2J\n{}", "x".repeat(4000));
    let shown = text(altered("pybit.models.BuildRequest", &class));
    assert_eq!(
        shown,
        format!(
            r"message is a `\u{{1b}}[2J\n{}…`, not a `pybit.models.BuildRequest`",
            "x".repeat(75)
        )
    );
}
