//! The reporter against a front-end that answers as PyBit does.

#![expect(
    clippy::unwrap_used,
    reason = "what a test prepares must work; clippy exempts test functions alone"
)]

mod dialogue;
mod faults;
mod log;
mod submit;
mod trust;

use std::{error::Error, time::Duration};

use rbit_job::{
    JobId, Status,
    port::{Report, ReportError},
};
use rbit_pybit::{Credentials, PybitReporter, PybitSettings};
use rbit_testkit::fake_pybit::FakePybit;

/// Settings that trust this front-end by the address that messages would give.
fn trusting(fake: &FakePybit) -> PybitSettings {
    PybitSettings {
        url: None,
        trusted_hosts: vec![fake.web_host()],
        ..settings()
    }
}

/// Settings that send everything to this URL.
fn fixed(url: impl Into<String>) -> PybitSettings {
    PybitSettings {
        url: Some(url.into()),
        ..settings()
    }
}

fn settings() -> PybitSettings {
    PybitSettings {
        url: None,
        trusted_hosts: Vec::new(),
        credentials: credentials("admin", "pass"),
        client: "build_client_a".into(),
        connect_timeout: Duration::from_secs(20),
        timeout: Duration::from_secs(20),
    }
}

fn credentials(user: &str, password: &str) -> Option<Credentials> {
    Some(Credentials {
        user: user.into(),
        password: password.into(),
    })
}

fn reporter(settings: PybitSettings) -> PybitReporter {
    PybitReporter::new(settings).unwrap()
}

fn job(number: &str) -> JobId {
    JobId::new(number).unwrap()
}

fn report(number: &str, status: Status, web_host: &str) -> Report {
    Report {
        job: job(number),
        web_host: Some(web_host.to_owned()),
        status,
    }
}

/// The error and its causes, one a line.
fn chain(error: &ReportError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!("\n{error}");
        cause = error.source();
    }
    text
}
