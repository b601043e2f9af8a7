//! A request and a runner, resolved into everything that one execution needs.

use std::{fmt, path::PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Attempt, Chance, Ending, JobRequest, Limits, Mount, Processor, QueueName, Reason, Runner, RunnerName, Transport,
    http::{CannedAnswer, HttpGrant},
    python_call::{self, PYTHON_PATH},
    runner::secret_values,
    template::UnsafeValue,
};

/// Everything an executor needs to run one attempt: plain data, so that the executor may live in another process.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The queue the job came from.
    pub queue: QueueName,
    /// The runner that serves it.
    pub runner: RunnerName,
    /// What is run.
    pub processor: Processor,
    /// What the guest is told about the job.
    pub request: BuildRequest,
    /// What the guest is told about its configuration: keys and values in the order of the file, folders as guest paths.
    pub settings: Vec<(String, String)>,
    /// Settings whose values are never shown.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// Read-only folders.
    pub mounts: Vec<Mount>,
    /// Where artifacts are delivered: a path of the host, tokens replaced.
    pub output_dir: PathBuf,
    /// What the guest may use.
    pub limits: Limits,
    /// What it may reach by HTTP; nothing without it.
    #[serde(default)]
    pub http: Option<HttpGrant>,
    /// Answers that its requests get instead of being sent, which is for tests: never there in a box.
    #[serde(default)]
    pub canned: Option<Vec<CannedAnswer>>,
    /// Its clock and its random numbers.
    #[serde(default)]
    pub chance: Chance,
}

impl Plan {
    /// Resolves a request for the runner that serves its queue.
    ///
    /// Fails, for good, when a value of the request cannot be used in the runner's `output-dir` or command line.
    pub fn new(
        queue: &QueueName,
        request: &JobRequest,
        runner: &Runner,
        attempt: Attempt,
        now: Timestamp,
    ) -> Result<Self, Ending> {
        let refused = |what: &'static str| {
            move |unsafe_value: UnsafeValue| {
                let text = format!("cannot make the {what}: {unsafe_value}");
                Ending::failed(Reason::UnsafeRequest, text)
            }
        };
        let output_dir = runner.output_dir.resolve(request).map_err(refused("output folder"))?;
        let processor = runner.processor.for_request(request).map_err(refused("command line"))?;
        Ok(Self {
            queue: queue.clone(),
            runner: runner.name.clone(),
            processor,
            request: BuildRequest::new(request, attempt, runner.chance.clock.or(now)),
            settings: runner
                .settings
                .iter()
                .map(|(key, value)| guest_setting(key, value, &runner.mounts))
                .collect(),
            secrets: runner.secrets.clone(),
            mounts: runner.mounts.clone(),
            output_dir,
            limits: runner.limits,
            http: runner.http.clone(),
            canned: None,
            chance: runner.chance,
        })
    }
}

impl Plan {
    /// The values of its secret settings.
    pub fn secret_values(&self) -> impl Iterator<Item = &str> {
        secret_values(&self.settings, &self.secrets)
    }
}

/// Leaves out the settings, among which are secrets.
impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("queue", &self.queue)
            .field("runner", &self.runner)
            .field("processor", &self.processor)
            .field("request", &self.request)
            .field("secrets", &self.secrets)
            .field("mounts", &self.mounts)
            .field("output_dir", &self.output_dir)
            .field("limits", &self.limits)
            .field("http", &self.http)
            .field("chance", &self.chance)
            .finish_non_exhaustive()
    }
}

/// A build request as a guest sees it: the record of the same name in `wit/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildRequest {
    /// PyBit's number of the job.
    pub job: String,
    /// Name of the package: the id of a module or collection.
    pub package: String,
    /// Its version.
    pub version: String,
    /// Architecture.
    pub arch: String,
    /// Suite.
    pub suite: String,
    /// Distribution.
    pub dist: String,
    /// Format to make.
    pub format: String,
    /// Build environment.
    pub build_env: Option<String>,
    /// First instance of its build environment.
    pub master: bool,
    /// Where the sources are.
    pub transport: Transport,
    /// Build commands.
    pub commands: Option<String>,
    /// Unix seconds: the message's own if it carries one, else when this attempt was planned.
    pub timestamp: u64,
    /// Which attempt this is, from 1.
    pub attempt: u32,
}

impl BuildRequest {
    fn new(request: &JobRequest, attempt: Attempt, now: Timestamp) -> Self {
        let now = u64::try_from(now.as_second()).unwrap_or_default();
        Self {
            job: request.job.as_str().to_owned(),
            package: request.package.clone(),
            version: request.version.clone(),
            arch: request.arch.clone(),
            suite: request.suite.clone(),
            dist: request.dist.clone(),
            format: request.format.clone(),
            build_env: request.build_env.clone(),
            master: request.master,
            transport: request.transport.clone(),
            commands: request.commands.clone(),
            timestamp: request.timestamp.unwrap_or(now),
            attempt: attempt.number(),
        }
    }
}

/// The guest's scratch folder, its current one.
pub const GUEST_WORK: &str = "/work";
/// The guest's output folder: what it writes here can be delivered.
pub const GUEST_OUTPUT: &str = "/output";

/// A setting as the guest gets it: a path of the host would mean nothing there.
fn guest_setting(key: &str, value: &str, mounts: &[Mount]) -> (String, String) {
    let mount = mounts.iter().find(|mount| mount.setting == key);
    let value = match mount {
        Some(_) if key == PYTHON_PATH => python_call::guest_path(mounts),
        Some(mount) => mount.guest_path(),
        None if key == "output-dir" => GUEST_OUTPUT.to_owned(),
        None => value.to_owned(),
    };
    (key.to_owned(), value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GuestClock, request::sample, template::PathTemplate};

    fn runner() -> Runner {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        Runner {
            name: RunnerName::new("pdf").unwrap(),
            processor: Processor::Wasm {
                file: "/r/pdf.wasm".into(),
                sha256: None,
            },
            output_dir: PathTemplate::new("/srv/%ID"),
            settings: vec![
                pair("runner", "wasm!pdf.wasm"),
                pair("output-dir", "/srv/%ID"),
                pair("print-dir", "/opt/print"),
                pair("title", " as written "),
            ],
            secrets: vec![],
            mounts: vec![Mount {
                setting: "print-dir".into(),
                host: "/opt/print".into(),
                at: None,
            }],
            limits: Limits::default(),
            http: None,
            chance: Chance::default(),
        }
    }

    fn plan(request: &JobRequest) -> Result<Plan, Ending> {
        let queue = QueueName::new("cnx_any_latex_pdf").unwrap();
        Plan::new(&queue, request, &runner(), Attempt::new(3), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn settings_reach_the_guest_as_written_but_for_folders() {
        let settings = plan(&sample()).unwrap().settings;
        let values: Vec<_> = settings.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["wasm!pdf.wasm", "/output", "/mnt/print-dir", " as written "]);
    }

    #[test]
    fn the_guest_gets_the_time_of_the_message_where_it_has_one() {
        assert_eq!(plan(&sample()).unwrap().request.timestamp, 0);
        let stamped = JobRequest {
            timestamp: Some(1_352_000_000),
            ..sample()
        };
        assert_eq!(plan(&stamped).unwrap().request.timestamp, 1_352_000_000);
    }

    #[test]
    fn a_guest_whose_clock_stands_still_is_not_told_another_time_by_its_request() {
        let queue = QueueName::new("q").unwrap();
        let mut runner = runner();
        runner.chance.clock = GuestClock::Fixed(Timestamp::from_second(981_173_106).unwrap());
        let plan = Plan::new(&queue, &sample(), &runner, Attempt::FIRST, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(plan.request.timestamp, 981_173_106);
    }

    #[test]
    fn a_package_name_that_leads_elsewhere_fails_the_job_before_it_runs() {
        let hostile = JobRequest {
            package: "../../etc".into(),
            ..sample()
        };
        assert_eq!(plan(&hostile).unwrap_err().reason(), Reason::UnsafeRequest);
    }
}
