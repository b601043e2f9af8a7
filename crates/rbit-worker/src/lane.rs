//! What serves a queue.

use rbit_job::{QueuePolicy, Runner};

/// A queue's runner, and how its unsuccessful jobs are treated.
#[derive(Clone, Debug)]
pub struct Lane {
    /// What runs the queue's jobs.
    pub runner: Runner,
    /// What becomes of those that do not succeed.
    pub policy: QueuePolicy,
}
