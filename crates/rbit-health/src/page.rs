//! What is answered: a pure function of the question and the box's health.

use hyper::{Method, StatusCode};
use rbit_job::health::{Condition, Part, Report};
use serde_json::{Map, Value, json};

/// An answer.
#[derive(Debug, PartialEq)]
pub(crate) struct Page {
    pub(crate) code: StatusCode,
    pub(crate) body: Value,
}

/// The answer to a question. A box that answers lives; it is ready when nothing stands between it and its jobs.
pub(crate) fn answer(method: &Method, path: &str, report: &Report) -> Page {
    let code = |is_well| {
        if is_well {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    let known = match path {
        "/health/live" => Page {
            code: StatusCode::OK,
            body: json!({ "live": true }),
        },
        "/health/ready" => Page {
            code: code(report.is_ready()),
            body: ready(report),
        },
        _ => return error(StatusCode::NOT_FOUND, "there are /health/live and /health/ready"),
    };
    match *method {
        Method::GET | Method::HEAD => known,
        _ => error(StatusCode::METHOD_NOT_ALLOWED, "this can only be read"),
    }
}

fn error(code: StatusCode, text: &str) -> Page {
    Page {
        code,
        body: json!({ "error": text }),
    }
}

fn ready(report: &Report) -> Value {
    let of = |part: &Part| report.of(part).map_or(Value::Null, condition);
    let queues: Map<String, Value> = report
        .queues()
        .map(|(queue, state)| (queue.to_string(), condition(state)))
        .collect();
    json!({
        "ready": report.is_ready(),
        "leaving": report.is_leaving(),
        "broker": of(&Part::Broker),
        "queues": queues,
        "journal": of(&Part::Journal),
        "outbox": of(&Part::Outbox),
    })
}

fn condition(condition: &Condition) -> Value {
    json!({
        "well": condition.is_well(),
        "lasting": condition.is_lasting(),
        "last_error": condition.last_error(),
    })
}

#[cfg(test)]
mod tests {
    use rbit_job::{QueueName, health::Health};

    use super::*;

    fn ask(path: &str, health: &Health) -> Page {
        answer(&Method::GET, path, &health.report())
    }

    #[test]
    fn a_box_that_can_work_is_ready_and_each_part_is_named() {
        let health = Health::default();
        health.well(Part::Broker);
        health.well(Part::Queue(QueueName::new("a").unwrap()));
        health.well(Part::Journal);
        let page = ask("/health/ready", &health);
        assert_eq!(page.code, StatusCode::OK);
        let well = json!({ "well": true, "lasting": false, "last_error": null });
        let expected = json!({
            "ready": true, "leaving": false, "broker": well, "queues": { "a": well }, "journal": well, "outbox": null,
        });
        assert_eq!(page.body, expected);
    }

    #[test]
    fn what_keeps_a_box_from_its_jobs_is_said_with_its_error_and_whether_waiting_helps() {
        let health = Health::default();
        health.ill(Part::Broker, "the broker refuses user `rbit`", true);
        let page = ask("/health/ready", &health);
        assert_eq!(page.code, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(page.body["ready"], false);
        let broker = json!({ "well": false, "lasting": true, "last_error": "the broker refuses user `rbit`" });
        assert_eq!(page.body["broker"], broker);
        assert_eq!(ask("/health/live", &health).code, StatusCode::OK);
    }

    #[test]
    fn nothing_else_is_there_and_nothing_can_be_changed() {
        let health = Health::default();
        for path in ["/", "/health", "/health/ready/", "/metrics", "*", ""] {
            assert_eq!(ask(path, &health).code, StatusCode::NOT_FOUND, "{path}");
        }
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
            let page = answer(&method, "/health/ready", &health.report());
            assert_eq!(page.code, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        }
    }
}
