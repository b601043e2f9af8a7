//! What the configuration means.

use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

use rbit_job::{BoxName, QueueName, QueuePolicy, Runner, RunnerName};
use secrecy::SecretString;
use url::Url;

use crate::{EffectiveValue, HostPort, LogFilter, suggestion};

/// A configuration without mistakes: resolved, typed, and never parsed again.
pub struct Settings {
    /// `[rbit] name`.
    pub name: BoxName,
    /// Jobs at once.
    pub slots: u32,
    /// Where the journal lives: an absolute path if the INI file was named by one or loaded.
    pub state_dir: PathBuf,
    /// Where the folders of running jobs live.
    pub scratch_dir: PathBuf,
    /// How long a stop waits for running jobs.
    pub drain_timeout: Duration,
    /// What all guests of the box share.
    pub guests: GuestSettings,
    /// Files of certificates, in PEM, of authorities that guests' HTTP requests believe besides the system's.
    pub http_ca: Vec<PathBuf>,
    /// Where jobs come from.
    pub source: Source,
    /// The queues, in the order of `queue-mappings`; each names one of [`Self::runners`].
    pub queues: Vec<QueueSettings>,
    /// The runners, in the order of the file, those that no queue names included.
    pub runners: Vec<Runner>,
    /// Who is told about jobs; without it, statuses are journalled and not sent.
    pub pybit: Option<PybitSettings>,
    /// Where the box says over HTTP how it is; without it, it does not.
    pub health: Option<SocketAddr>,
    /// What is logged.
    pub log: LogSettings,
    pub(crate) effective: Vec<EffectiveValue>,
}

impl Settings {
    /// The runner of this name.
    pub fn runner(&self, name: &RunnerName) -> Option<&Runner> {
        self.runners.iter().find(|runner| runner.name == *name)
    }

    /// Whether a queue of this name is served.
    pub fn serves(&self, queue: &QueueName) -> bool {
        self.queues.iter().any(|known| known.name == *queue)
    }

    /// The queues that are served, those first whose names are most like this one.
    pub fn queues_like(&self, queue: &QueueName) -> Vec<&QueueName> {
        let mut queues: Vec<_> = self.queues.iter().map(|known| &known.name).collect();
        queues.sort_by_cached_key(|known| suggestion::distance(known.as_str(), queue.as_str()));
        queues
    }

    /// Every value of a fixed section and every setting of a runner, with where it came from. Values whose key speaks of a
    /// password, secret or token are hidden.
    pub fn effective(&self) -> &[EffectiveValue] {
        &self.effective
    }
}

/// Leaves out the settings of runners, among which are passwords.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runners: Vec<_> = self
            .runners
            .iter()
            .map(|runner| (&runner.name, &runner.processor))
            .collect();
        f.debug_struct("Settings")
            .field("name", &self.name)
            .field("slots", &self.slots)
            .field("state_dir", &self.state_dir)
            .field("scratch_dir", &self.scratch_dir)
            .field("drain_timeout", &self.drain_timeout)
            .field("guests", &self.guests)
            .field("http_ca", &self.http_ca)
            .field("source", &self.source)
            .field("queues", &self.queues)
            .field("runners", &runners)
            .field("pybit", &self.pybit)
            .field("health", &self.health)
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}

/// What `[rbit]` says of all guests together, and of the components they are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuestSettings {
    /// Where they run.
    pub isolation: Isolation,
    /// Bytes of linear memory that all running jobs may have together. A job waits until there is room for its `memory`.
    pub memory: u64,
    /// Bytes of a guest's stack.
    pub stack: u64,
    /// Bytes that the file of a component may have.
    pub component_size: u64,
    /// How long a component may take to be compiled.
    pub compile_time: Duration,
    /// Bytes of memory that compiling one may take, where it has a process of its own.
    pub compile_memory: u64,
    /// Bytes of compiled components that are kept in `state-dir`; none are with 0.
    pub component_cache: u64,
    /// Whether a component that was run before goes on being run when its file is replaced by one that cannot be.
    pub keeps_last_component: bool,
    /// Instances of Python that wait for a job: of the box, or of each runner where guests run in processes.
    pub python_ready: u32,
}

/// Where guests run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Each runner's in a process that has given up what they do not need.
    Process,
    /// In the process of the box.
    Thread,
}

/// Where jobs come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// Queues of a RabbitMQ broker.
    Amqp(Box<AmqpSettings>),
    /// The queues in the state folder.
    Local,
}

/// `[amqp]`.
#[derive(Clone, Debug)]
pub struct AmqpSettings {
    /// The nodes of the broker, in the order in which they are tried; at least one.
    pub endpoints: Vec<Endpoint>,
    /// How connections are encrypted; they are not if there is none.
    pub tls: Option<TlsSettings>,
    /// Who rbit is for the broker.
    pub user: String,
    /// Its password.
    pub password: SecretString,
    /// The virtual host.
    pub virtual_host: String,
    /// How long a silent connection counts as alive: whole seconds, at most an hour.
    pub heartbeat: Duration,
    /// How long the broker waits for the acknowledgement of a message before it takes it back.
    pub ack_timeout: Duration,
    /// Whether queues that are not there are declared and bound.
    pub declare: bool,
    /// The topic exchange that is told each status of each job, if one is.
    pub events: Option<String>,
}

/// The files of `[amqp]` that encryption needs, in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSettings {
    /// The authorities that are believed instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Certificate and key with which rbit shows who it is.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// A node of a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its name or address; an IPv6 address stands without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// `[queue:NAME]`, with what `queue-mappings` says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSettings {
    /// The queue.
    pub name: QueueName,
    /// The runner that serves it.
    pub runner: RunnerName,
    /// Jobs of this queue at once; no more than all slots of the box are ever used.
    pub slots: u32,
    /// What becomes of jobs that did not succeed.
    pub policy: QueuePolicy,
    /// How it is declared where it is not there.
    pub kind: QueueKind,
}

/// The type of a queue that is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueKind {
    /// A durable classic queue, as PyBit declares it.
    Classic,
    /// A replicated queue.
    Quorum,
}

/// `[pybit]`.
#[derive(Clone, Debug)]
pub struct PybitSettings {
    /// The front-end that is told about every job, whatever its message says: `http` or `https`, without credentials.
    pub url: Option<Url>,
    /// The hosts that are told about jobs whose message names them, and that get the credentials.
    pub trusted_hosts: Vec<HostPort>,
    /// Who rbit is for the front-end.
    pub credentials: Option<Credentials>,
    /// Whether statuses are sent.
    pub report: bool,
    /// The box's name among PyBit's build clients.
    pub client: BoxName,
    /// How long a connection may take to open.
    pub connect_timeout: Duration,
    /// How long a whole exchange may take.
    pub timeout: Duration,
}

/// A user and its password.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The user.
    pub user: String,
    /// The password.
    pub password: SecretString,
}

/// `[log]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// How lines are written.
    pub format: LogFormat,
    /// Which lines are written.
    pub filter: LogFilter,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}
