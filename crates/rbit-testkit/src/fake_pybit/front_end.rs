//! Jobs, their histories, and what a request does to them.

use std::collections::{BTreeMap, BTreeSet};

use rbit_job::Status;

use super::{Request, hook::Hook, page::escaped, reply::Reply};

pub(super) struct FrontEnd {
    jobs: BTreeMap<String, Job>,
    /// The status names it has, as it stores them: escaped.
    statuses: BTreeSet<String>,
    hook: Hook,
    user: String,
    password: String,
    /// Rows ever made; the clock of their times.
    rows: u32,
}

#[derive(Default)]
struct Job {
    client: Option<String>,
    history: Vec<Row>,
}

struct Row {
    /// None in the row that is shown when there is no history.
    status: Option<String>,
    time: String,
}

impl Default for FrontEnd {
    fn default() -> Self {
        let statuses = Status::ALL.map(|status| status.as_str().to_owned()).into();
        Self {
            jobs: BTreeMap::new(),
            statuses,
            hook: Hook::default(),
            user: "admin".to_owned(),
            password: "pass".to_owned(),
            rows: 0,
        }
    }
}

impl FrontEnd {
    pub(super) fn add_job<'a>(&mut self, job: &str, statuses: impl IntoIterator<Item = &'a str>) {
        self.jobs.insert(job.to_owned(), Job::default());
        for status in statuses {
            self.add_status(job, status);
        }
    }

    pub(super) fn add_forgotten_job(&mut self, job: &str) {
        let nothing = Row {
            status: None,
            time: "None".to_owned(),
        };
        self.jobs.insert(
            job.to_owned(),
            Job {
                client: None,
                history: vec![nothing],
            },
        );
    }

    pub(super) fn add_status(&mut self, job: &str, status: &str) {
        self.rows += 1;
        let time = format!("2026-11-24 02:54:13.{:06}", self.rows);
        let row = Row {
            status: Some(escaped(status)),
            time,
        };
        self.jobs.entry(job.to_owned()).or_default().history.push(row);
    }

    pub(super) fn set_credentials(&mut self, user: &str, password: &str) {
        self.user = user.to_owned();
        self.password = password.to_owned();
    }

    pub(super) fn remove_status(&mut self, name: &str) {
        self.statuses.remove(&escaped(name));
    }

    pub(super) fn statuses_of(&self, job: &str) -> Vec<String> {
        let history = self.jobs.get(job).map(|job| job.history.as_slice()).unwrap_or_default();
        history.iter().filter_map(|row| row.status.clone()).collect()
    }

    pub(super) fn client_of(&self, job: &str) -> Option<String> {
        self.jobs.get(job)?.client.clone()
    }

    pub(super) fn answer(&mut self, request: &Request) -> Reply {
        let path = request.path.split('?').next().unwrap_or_default();
        let segments: Vec<_> = path.split('/').skip(1).collect();
        match (request.method.as_str(), segments.as_slice()) {
            ("GET", ["job", job, "status"]) if is_number(job) => self.show_history(job),
            (_, ["job", job, "status"]) if is_number(job) => method_not_allowed(request),
            ("PUT" | "POST", ["job", "vcshook"]) if !self.lets_write(request) => Reply::unauthorized(),
            ("PUT" | "POST", ["job", "vcshook"]) => self.hook.submit(request),
            ("PUT" | "POST", ["job", job]) if is_number(job) => self.set_status(request, job),
            (_, ["job", ..]) => not_found_below_job(request, path),
            _ => Reply::html("404 Not Found", "HTTP Error 404 - Not Found.".to_owned()),
        }
    }

    fn lets_write(&self, request: &Request) -> bool {
        request.credentials() == Some((self.user.clone(), self.password.clone()))
    }

    fn show_history(&self, job: &str) -> Reply {
        let Some(Job { client, history }) = self.jobs.get(job) else {
            return Reply::empty("404 - No job found with this ID.");
        };
        let client = python_json(client.as_deref());
        let rows = history.iter().map(|row| {
            let status = python_json(row.status.as_deref());
            let time = &row.time;
            format!(
                r#"{{"py/object": "pybit.models.JobHistory", "status": {status}, "job_id": {job}, "buildclient": {client}, "time": "{time}"}}"#
            )
        });
        Reply::json(format!("[{}]", rows.collect::<Vec<_>>().join(", ")))
    }

    fn set_status(&mut self, request: &Request, job: &str) -> Reply {
        if !self.lets_write(request) {
            return Reply::unauthorized();
        }
        let Some(status) = request.field("status").filter(|status| !status.is_empty()) else {
            return Reply::empty("400 - Required fields missing.");
        };
        if !self.statuses.contains(&escaped(&status)) || !self.jobs.contains_key(job) {
            return Reply::error(request, "500 Internal Server Error", "Internal Server Error");
        }
        self.add_status(job, &status);
        let client = request.field("client").filter(|client| !client.is_empty());
        if let (Some(client), Some(job)) = (client, self.jobs.get_mut(job)) {
            job.client = Some(escaped(&client));
        }
        Reply::empty("200 OK")
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn method_not_allowed(request: &Request) -> Reply {
    Reply::error(request, "405 Method Not Allowed", "Method not allowed.").with_header("Allow", "GET,HEAD")
}

fn not_found_below_job(request: &Request, path: &str) -> Reply {
    let below = escaped(path.strip_prefix("/job").unwrap_or(path));
    Reply::error(request, "404 Not Found", &format!("Not found: &#039;{below}&#039;"))
}

/// The text, or null, as Python writes it in JSON: ASCII only.
fn python_json(text: Option<&str>) -> String {
    let Some(text) = text else { return "null".to_owned() };
    let mut json = String::from('"');
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(quoted @ (b'"' | b'\\')) => json.extend(['\\', char::from(quoted)]),
            Ok(plain @ b' '..=b'~') => json.push(char::from(plain)),
            _ => json += &format!("\\u{unit:04x}"),
        }
    }
    json.push('"');
    json
}
