//! From the front-end's answer about a job to the job's standing.

use rbit_job::Standing;
use reqwest::StatusCode;
use serde_json::{Map, Value};

use crate::{
    connection::{ExchangeError, Reply},
    front_end::NoFrontEnd,
    host::shown,
};

/// The job's standing is not known.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    #[error("nobody can be asked")]
    NobodyToAsk(#[from] NoFrontEnd),
    #[error("the front-end cannot be asked")]
    Exchange(#[from] ExchangeError),
    #[error("the front-end answered {0}")]
    Code(StatusCode),
    #[error("the front-end answered 404 with a page: PyBit has none for an unknown job, so its address may be wrong")]
    NotPybit,
    #[error("the front-end answered with `{0}` instead of JSON")]
    ContentType(String),
    #[error("the front-end's answer is no JSON list")]
    NotAList(#[source] serde_json::Error),
    #[error("the front-end's answer is no history of a job")]
    NotAHistory,
}

/// What `GET /job/<id>/status` says: 200 with the rows of the history, the oldest first, or 404 with nothing.
///
/// An answer in any other form comes from something that is not PyBit, and must not decide that a job is not run.
pub(crate) fn standing(reply: &Reply) -> Result<Standing, AskError> {
    match reply.head.code {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND if reply.body.is_empty() => return Ok(Standing::Unknown),
        StatusCode::NOT_FOUND => return Err(AskError::NotPybit),
        code => return Err(AskError::Code(code)),
    }
    if reply.head.content_type != "application/json" {
        return Err(AskError::ContentType(shown(&reply.head.content_type)));
    }
    let history: Vec<Map<String, Value>> = serde_json::from_slice(&reply.body).map_err(AskError::NotAList)?;
    let Some(last) = history.last() else {
        return Ok(Standing::Unknown);
    };
    standing_of(last).ok_or(AskError::NotAHistory)
}

/// The standing that a row of a history means; a status of null is how PyBit shows that the history was deleted.
fn standing_of(row: &Map<String, Value>) -> Option<Standing> {
    // jsonpickle 1.5 to 2.2 under Python 3.11 puts the attributes one level deeper.
    let attributes = row.get("py/state").and_then(Value::as_object).unwrap_or(row);
    match attributes.get("status")? {
        Value::Null => Some(Standing::Unknown),
        Value::String(name) if name.len() > MAX_NAME => None,
        Value::String(name) => Some(
            name.parse()
                .map_or_else(|_| Standing::Other(name.clone()), Standing::Known),
        ),
        _ => None,
    }
}

/// In bytes. PyBit's own names have at most nine.
const MAX_NAME: usize = 200;

#[cfg(test)]
mod tests {
    use rbit_job::Status;

    use super::*;
    use crate::connection::Head;

    fn reply(code: u16, content_type: &str, body: &str) -> Reply {
        let code = StatusCode::from_u16(code).unwrap();
        Reply {
            head: Head {
                code,
                content_type: content_type.into(),
                location: String::new(),
                is_page: false,
            },
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn the_last_row_of_the_history_is_the_standing() {
        let other = Standing::Other("Odd &amp; &lt;New&gt;".into());
        let table = [
            (
                r#"[{"py/object": "pybit.models.JobHistory", "status": "Waiting", "job_id": 1}]"#,
                Standing::Known(Status::Waiting),
            ),
            (
                r#"[{"status": "Waiting"}, {"status": "Cancelled"}]"#,
                Standing::Known(Status::Cancelled),
            ),
            (
                r#"[{"py/object": "x", "py/state": {"status": "Done"}}]"#,
                Standing::Known(Status::Done),
            ),
            (r#"[{"status": "Odd &amp; &lt;New&gt;"}]"#, other),
            (r#"[{"status": "done"}]"#, Standing::Other("done".into())),
            (
                r#"[{"status": null, "job_id": 37, "buildclient": null, "time": "None"}]"#,
                Standing::Unknown,
            ),
            ("[]", Standing::Unknown),
        ];
        for (body, expected) in table {
            assert_eq!(
                standing(&reply(200, "application/json", body)).unwrap(),
                expected,
                "{body}"
            );
        }
    }

    #[test]
    fn a_job_is_unknown_only_if_the_answer_is_pybits_own() {
        assert_eq!(standing(&reply(404, "text/html", "")).unwrap(), Standing::Unknown);
        assert!(matches!(
            standing(&reply(404, "text/html", "<h1>nginx</h1>")),
            Err(AskError::NotPybit)
        ));
    }

    #[test]
    fn an_answer_that_is_no_history_says_nothing_about_the_job() {
        let deep = "[".repeat(100_000);
        let long = format!(r#"[{{"status": "{}"}}]"#, "x".repeat(201));
        let hostile = [
            "",
            "null",
            "{}",
            "Waiting",
            r#"{"status": "Cancelled"}"#,
            "[null]",
            r#"["Cancelled"]"#,
            r#"[[{"status": "Cancelled"}]]"#,
            "[{}]",
            r#"[{"py/object": "pybit.models.Job", "id": 7}]"#,
            r#"[{"status": 1}]"#,
            r#"[{"status": ["Cancelled"]}]"#,
            r#"[{"status": {"$serde_json::private::Number": "1"}}]"#,
            r#"[{"status": "Cancelled"}"#,
            r#"[{"status": "Cancelled"}] x"#,
            r#"[{"status": "Cancelled"}, NaN]"#,
            &deep,
            &long,
        ];
        for body in hostile {
            let start = body.get(..60.min(body.len())).unwrap();
            assert!(standing(&reply(200, "application/json", body)).is_err(), "{start}");
        }
        assert!(standing(&reply(200, "application/json", "\u{0}")).is_err());
    }

    #[test]
    fn any_other_code_or_type_says_nothing_about_the_job() {
        let history = r#"[{"status": "Cancelled"}]"#;
        for code in [201, 204, 301, 401, 403, 410, 500, 503] {
            assert!(
                matches!(
                    standing(&reply(code, "application/json", history)),
                    Err(AskError::Code(_))
                ),
                "{code}"
            );
        }
        for content_type in ["", "text/html", "text/json", "application/json-seq"] {
            let error = standing(&reply(200, content_type, history)).unwrap_err();
            assert!(matches!(error, AskError::ContentType(_)), "{content_type}");
        }
    }

    proptest::proptest! {
        #[test]
        fn only_pybits_own_answers_are_believed(code in 100u16..1000, body in r#"[\[\]{}":, a-z/0-9]{0,64}|\PC{0,64}"#) {
            let is_pybits = match code {
                200 => body.contains("status") || body.replace(' ', "") == "[]",
                404 => body.is_empty(),
                _ => false,
            };
            let answer = standing(&reply(code, "application/json", &body));
            assert!(answer.is_err() || is_pybits, "{answer:?}");
        }

        #[test]
        fn whatever_stands_in_a_list_is_a_standing_or_an_error(body in r#"\[(\{"(status|py/state)": ?["\[\]{}:a-z0-9]{0,16}\},?){0,3}\]"#) {
            if let Ok(Standing::Other(name)) = standing(&reply(200, "application/json", &body)) {
                assert!(body.contains(&name));
            }
        }
    }
}
