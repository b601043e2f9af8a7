//! What a configuration needs of its broker.

use std::time::Duration;

use rbit_amqp::{QueueNeed, QueueType, routing_key};
use rbit_config::{AmqpSettings, QueueSettings, Settings};
use rbit_job::QueueName;

use crate::wiring;

/// Everything that is needed, and what of the configuration bears on it.
pub(super) struct Needs {
    pub(super) virtual_host: String,
    pub(super) user: String,
    /// Whether this box makes queues that are not there.
    pub(super) declare: bool,
    pub(super) lanes: Vec<LaneNeed>,
    pub(super) parked: QueueNeed,
    pub(super) command: QueueNeed,
    /// The exchange that is told statuses, if one is.
    pub(super) events: Option<String>,
    /// How long the broker waits for an acknowledgement.
    pub(super) ack_timeout: Duration,
}

/// What one queue of jobs needs.
pub(super) struct LaneNeed {
    pub(super) queue: QueueName,
    pub(super) queue_type: Option<QueueType>,
    pub(super) work: QueueNeed,
    /// PyBit's key for it, if its name is of PyBit's form.
    pub(super) key: Option<String>,
    pub(super) retries: Vec<QueueNeed>,
    pub(super) max_attempts: u32,
    pub(super) runner: String,
    /// How long a job may run.
    pub(super) timeout: Duration,
    /// How long it may go on while the box drains.
    pub(super) drain_timeout: Duration,
}

impl Needs {
    /// The needs of a configuration.
    pub(super) fn of(settings: &Settings, amqp: &AmqpSettings) -> Self {
        let lanes: Vec<_> = settings
            .queues
            .iter()
            .filter_map(|queue| lane(settings, queue))
            .collect();
        // One of several nodes is no place for what came from all of them.
        let quorum = lanes
            .iter()
            .find_map(|lane| lane.queue_type.filter(|kind| *kind == QueueType::Quorum));
        Self {
            virtual_host: amqp.virtual_host.clone(),
            user: amqp.user.clone(),
            declare: amqp.declare,
            lanes,
            parked: QueueNeed::parked(quorum),
            command: QueueNeed::command(&wiring::client(settings).client()),
            events: amqp.events.clone(),
            ack_timeout: amqp.ack_timeout,
        }
    }

    /// Every queue that rbit makes for itself or for its jobs.
    pub(super) fn queues(&self) -> impl Iterator<Item = &QueueNeed> {
        let of_lanes = self
            .lanes
            .iter()
            .flat_map(|lane| std::iter::once(&lane.work).chain(&lane.retries));
        of_lanes.chain([&self.parked])
    }
}

fn lane(settings: &Settings, queue: &QueueSettings) -> Option<LaneNeed> {
    let runner = settings.runner(&queue.runner)?;
    let amqp = wiring::amqp_queue(queue, settings.slots);
    let retry = |delay: &Duration| QueueNeed::retry(&queue.name, *delay, amqp.queue_type);
    Some(LaneNeed {
        queue: queue.name.clone(),
        queue_type: amqp.queue_type,
        work: QueueNeed::work(&queue.name, amqp.queue_type),
        key: routing_key(&queue.name),
        retries: amqp.retry_steps.iter().map(retry).collect(),
        max_attempts: queue.policy.max_attempts,
        runner: runner.name.to_string(),
        timeout: runner.limits.timeout,
        drain_timeout: settings.drain_timeout,
    })
}
