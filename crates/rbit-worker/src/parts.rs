//! What the steps of a job work with.

use std::{collections::HashMap, sync::Arc, time::Duration};

use rbit_job::{
    Attempt, QueueName, QueuePolicy, backoff,
    health::{Health, Part},
    port::{Clock, EventSink, Executor, Journal, Reporter},
};
use rbit_redact::Redactor;

use crate::{events::Events, in_flight::InFlight, lane::Lane, outbox::Outbox, running::Running, scratch::ScratchRoot};

/// Everything that the steps of a job need: the ports, and what the configuration decided.
pub struct Parts {
    pub(crate) lanes: HashMap<QueueName, Arc<Lane>>,
    pub(crate) executor: Arc<dyn Executor>,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) reporter: Arc<dyn Reporter>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) scratch: ScratchRoot,
    pub(crate) outbox: Outbox,
    pub(crate) events: Option<Events>,
    pub(crate) in_flight: InFlight,
    pub(crate) running: Running,
    pub(crate) health: Health,
    /// Knows the box's own passwords.
    pub(crate) hidden: Redactor,
    default_policy: QueuePolicy,
}

impl Parts {
    /// Joins what a worker needs.
    pub fn new(
        lanes: HashMap<QueueName, Lane>,
        executor: Arc<dyn Executor>,
        journal: Arc<dyn Journal>,
        reporter: Arc<dyn Reporter>,
        clock: Arc<dyn Clock>,
        scratch: ScratchRoot,
    ) -> Self {
        let outbox = Outbox::new(Arc::clone(&journal), Arc::clone(&reporter), Arc::clone(&clock));
        let lanes = lanes.into_iter().map(|(queue, lane)| (queue, Arc::new(lane))).collect();
        let (in_flight, default_policy) = (InFlight::default(), QueuePolicy::default());
        Self {
            lanes,
            executor,
            journal,
            reporter,
            clock,
            scratch,
            outbox,
            events: None,
            in_flight,
            running: Running::default(),
            health: Health::default(),
            hidden: Redactor::default(),
            default_policy,
        }
    }

    /// Says how journal and outbox are, and that the box leaves.
    #[must_use]
    pub fn saying_in(self, health: Health) -> Self {
        health.well(Part::Journal);
        let outbox = self.outbox.saying_in(health.clone());
        Self { outbox, health, ..self }
    }

    /// Takes out of all that is written down and told what this finds: the box's own passwords. Secrets of runners are known.
    #[must_use]
    pub fn hiding(self, hidden: Redactor) -> Self {
        let outbox = self.outbox.hiding(hidden.clone());
        Self { outbox, hidden, ..self }
    }

    /// Tells every status to a sink, too.
    #[must_use]
    pub fn telling(self, sink: Arc<dyn EventSink>) -> Self {
        let events = Events::new(Arc::clone(&self.journal), sink, Arc::clone(&self.clock));
        Self {
            events: Some(events),
            ..self
        }
    }

    /// How jobs of a queue are treated; the default for a queue that nobody serves.
    pub(crate) fn policy(&self, queue: &QueueName) -> &QueuePolicy {
        self.lanes.get(queue).map_or(&self.default_policy, |lane| &lane.policy)
    }

    /// How long a message of a queue waits whose twin is being worked on.
    pub(crate) fn twin_delay(&self, queue: &QueueName) -> Duration {
        backoff::delay_after(Attempt::FIRST, &self.policy(queue).retry_steps)
    }
}
