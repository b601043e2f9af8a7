//! A worker whose every port is a fake.

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use rbit_job::{
    Attempt, BoxCommand, Disposition, JobId, JobKey, JobRecord, JobState, Limits, Outcome, Processor, QueueName,
    QueuePolicy, Runner, RunnerName, Standing, Status, Usage,
    port::{CommandSource, EventSink, JobSource, Report},
    template::PathTemplate,
};
use rbit_testkit::{
    Act, FixedClock, MemoryCommands, MemoryJournal, MemorySource, Producer, Published, RecordingReporter,
    ScriptedExecutor, Settled,
};
use rbit_worker::{Lane, Parts, RunError, ScratchRoot, Shutdown, Until, Worker};
use tempfile::TempDir;
use tokio::sync::mpsc::UnboundedSender;

/// Everything around one worker.
pub(crate) struct Bench {
    pub(crate) executor: Arc<ScriptedExecutor>,
    pub(crate) journal: Arc<MemoryJournal>,
    pub(crate) producer: Producer,
    pub(crate) shutdown: Shutdown,
    pub(crate) reporter: Arc<RecordingReporter>,
    sink: Option<Arc<dyn EventSink>>,
    source: Box<dyn JobSource>,
    slots: usize,
    grace: Duration,
    policy: QueuePolicy,
    commands: Vec<Box<dyn CommandSource>>,
}

/// What is left when it has run.
pub(crate) struct Ran {
    pub(crate) executor: Arc<ScriptedExecutor>,
    pub(crate) journal: Arc<MemoryJournal>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) settled: Vec<Settled>,
    pub(crate) output: TempDir,
    pub(crate) scratch: TempDir,
    reporter: Arc<RecordingReporter>,
}

impl Bench {
    /// A worker of one slot, whose front-end has every job waiting.
    pub(crate) fn new(act: Act) -> Self {
        let (source, producer) = MemorySource::new();
        Self {
            executor: Arc::new(ScriptedExecutor::new(act)),
            journal: Arc::default(),
            producer,
            shutdown: Shutdown::new(),
            reporter: Arc::new(RecordingReporter::new(Standing::Known(Status::Waiting))),
            sink: None,
            source,
            slots: 1,
            grace: Duration::from_secs(30),
            policy: QueuePolicy::default(),
            commands: Vec::new(),
        }
    }

    pub(crate) fn with_reporter(self, reporter: RecordingReporter) -> Self {
        Self {
            reporter: Arc::new(reporter),
            ..self
        }
    }

    pub(crate) fn telling(self, sink: Arc<dyn EventSink>) -> Self {
        Self {
            sink: Some(sink),
            ..self
        }
    }

    pub(crate) fn with_slots(self, slots: usize) -> Self {
        Self { slots, ..self }
    }

    pub(crate) fn with_grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }

    pub(crate) fn with_policy(self, policy: QueuePolicy) -> Self {
        Self { policy, ..self }
    }

    /// Lets orders be given by the sender.
    pub(crate) fn obeying(&mut self) -> UnboundedSender<BoxCommand> {
        let (sender, commands) = MemoryCommands::new();
        self.commands.push(commands);
        sender
    }

    pub(crate) fn publish(&self, message: Published) {
        self.producer.publish(message);
    }

    pub(crate) async fn run_until_empty(self) -> Ran {
        self.run(Until::QueuesAreEmpty).await
    }

    pub(crate) async fn run(self, until: Until) -> Ran {
        let (ran, left) = self.try_run(until).await;
        left.unwrap();
        ran
    }

    /// The same with a worker that may leave with an error.
    pub(crate) async fn try_run(self, until: Until) -> (Ran, Result<(), RunError>) {
        let (output, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let clock = Arc::new(FixedClock::default());
        let mut parts = Parts::new(
            HashMap::from([(queue("q"), lane(output.path(), self.policy.clone()))]),
            self.executor.clone(),
            self.journal.clone(),
            self.reporter.clone(),
            clock.clone(),
            ScratchRoot::open(scratch.path()).unwrap(),
        );
        if let Some(sink) = self.sink {
            parts = parts.telling(sink);
        }
        let Self {
            executor,
            journal,
            reporter,
            producer,
            ..
        } = self;
        let mut worker = Worker::new(parts, self.slots, self.grace, self.shutdown);
        for commands in self.commands {
            worker = worker.obeying(commands);
        }
        let left = worker.run(self.source, until).await;
        let settled = producer.settled(0).await;
        let ran = Ran {
            executor,
            journal,
            clock,
            settled,
            output,
            scratch,
            reporter,
        };
        (ran, left)
    }
}

impl Ran {
    pub(crate) fn dispositions(&self) -> Vec<Option<Disposition>> {
        self.settled.iter().map(|settled| settled.disposition.clone()).collect()
    }

    pub(crate) fn statuses(&self) -> Vec<Status> {
        self.reporter
            .taken_now()
            .into_iter()
            .map(|(_, status)| status)
            .collect()
    }
}

/// A request of the queue that the worker serves.
pub(crate) fn message(job: &str) -> Published {
    message_for("q", job)
}

pub(crate) fn message_for(queue: &str, job: &str) -> Published {
    Published::new(queue, body(job))
}

/// What a front-end is to be told.
pub(crate) fn report(job: &str, status: Status) -> Report {
    Report {
        job: JobId::new(job).unwrap(),
        web_host: Some("127.0.0.1:1".into()),
        status,
    }
}

/// The record of a job that was done before.
pub(crate) fn ended_record(job: &str) -> JobRecord {
    JobRecord {
        key: JobKey::of(&queue("q"), None, body(job).as_bytes()),
        queue: queue("q"),
        runner: RunnerName::new("r").unwrap(),
        job: JobId::new(job).unwrap(),
        package: "m1".into(),
        version: "1.2".into(),
        attempt: Attempt::FIRST,
        state: JobState::Finished,
        outcome: Some(Outcome::Done(vec![])),
        status: Some(Status::Done),
        usage: Usage::default(),
        first_started: Timestamp::UNIX_EPOCH,
        started: Timestamp::UNIX_EPOCH,
        ended: Some(Timestamp::UNIX_EPOCH),
    }
}

fn queue(name: &str) -> QueueName {
    QueueName::new(name).unwrap()
}

fn lane(output: &std::path::Path, policy: QueuePolicy) -> Lane {
    let runner = Runner {
        name: RunnerName::new("r").unwrap(),
        processor: Processor::Wasm {
            file: "/r.wasm".into(),
            sha256: None,
        },
        output_dir: PathTemplate::new(format!("{}/%ID", output.display())),
        settings: vec![],
        secrets: vec![],
        mounts: vec![],
        limits: Limits::default(),
        http: None,
        chance: Default::default(),
    };
    Lane { runner, policy }
}

fn body(job: &str) -> String {
    format!(
        r#"{{"web_host": "127.0.0.1:1", "transport": {{"method": "http", "uri": "http://h/", "vcs_id": ""}},
            "job": {{"id": {job}, "packageinstance": {{"master": true,
                "package": {{"name": "m1", "version": "1.2"}}, "arch": {{"name": "any"}}, "suite": {{"name": "latex"}},
                "distribution": {{"name": "cnx"}}, "format": {{"name": "pdf"}}}}}}}}"#
    )
}
