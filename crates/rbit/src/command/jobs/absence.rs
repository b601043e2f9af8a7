//! Jobs whose message has not come back to this box.

use std::collections::HashMap;

use jiff::Timestamp;
use rbit_config::Settings;
use rbit_job::{JobRecord, QueueName, QueuePolicy};

/// What is needed to tell which jobs are overdue: how long each queue lets them wait, and what time it is.
pub(super) struct Absence {
    policies: HashMap<QueueName, QueuePolicy>,
    now: Timestamp,
}

impl Absence {
    pub(super) fn new(settings: &Settings, now: Timestamp) -> Self {
        let queues = settings.queues.iter();
        let policies = queues.map(|queue| (queue.name.clone(), queue.policy.clone())).collect();
        Self { policies, now }
    }

    /// Whether the job's message should long be here again. A queue that is no longer served has the default policy.
    pub(super) fn is_overdue(&self, record: &JobRecord) -> bool {
        match self.policies.get(&record.queue) {
            Some(policy) => record.is_overdue(policy, self.now),
            None => record.is_overdue(&QueuePolicy::default(), self.now),
        }
    }
}
