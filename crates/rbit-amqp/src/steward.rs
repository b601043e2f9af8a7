//! Decides whether the broker sends messages ahead, or we fetch one for each slot.

use std::{sync::Arc, time::Duration};

use lapin::{Connection, options::BasicGetOptions};
use rbit_job::QueueName;
use tokio::time::sleep;
use tracing::{debug, info};

use crate::{
    QueueSettings,
    broker_error::BrokerError,
    phase::{Phase, PhaseWatch},
    rack::Supply,
    settlement::{Desk, Settlement},
    topology,
};

/// Watches over the messages that wait here, as long as a connection lives.
pub(crate) struct Steward {
    pub(crate) connection: Arc<Connection>,
    /// The queue whose turn it is comes first.
    pub(crate) queues: Vec<QueueSettings>,
    pub(crate) phase: PhaseWatch,
    pub(crate) desk: Arc<Desk>,
}

impl Steward {
    /// Runs until the source takes no more messages.
    pub(crate) async fn run(mut self) {
        let mut phase = self.phase.clone();
        tokio::select! {
            () = phase.reached(Phase::Draining) => {}
            () = self.watch() => {}
        }
    }

    async fn watch(&mut self) {
        while self.connection.status().connected() {
            self.desk.rack.supply(Supply::Ahead);
            self.desk.rack.overdue().await;
            info!("no slot for messages that came: they go back to the broker, and others are fetched one by one");
            self.desk.rack.supply(Supply::OneByOne);
            self.fetch_one_by_one().await;
            debug!("no messages wait: the broker may send them ahead");
        }
    }

    /// Fetches a message for each slot, until there are none.
    async fn fetch_one_by_one(&mut self) {
        while self.connection.status().connected() {
            self.desk.rack.is_wanted().await;
            if self.fetch().await {
                continue;
            }
            // A queue that has as many jobs here as it may have would at once be sent more.
            if !self.desk.rack.is_any_full() {
                return;
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    /// Fetches a message from the first queue that has one; the turn goes on to the queue after it. Whether there was any.
    async fn fetch(&mut self) -> bool {
        for _ in 0..self.queues.len() {
            self.queues.rotate_left(1);
            let Some(settings) = self.queues.last() else {
                return false;
            };
            let queue = settings.queue();
            if self.desk.rack.is_full(queue) {
                continue;
            }
            match self.get(settings).await {
                Ok(true) => return true,
                Ok(false) => {}
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    debug!(queue.name = %queue, error, "cannot fetch a message");
                }
            }
        }
        false
    }

    /// Each message has a channel of its own: when the broker's patience with one ends, the others stay ours.
    async fn get(&self, settings: &QueueSettings) -> Result<bool, BrokerError> {
        let channel = self.connection.create_channel().await?;
        let queue: &QueueName = settings.queue();
        let got = channel
            .basic_get(queue.as_str().into(), BasicGetOptions::default())
            .await?;
        let Some(got) = got else {
            topology::close(&channel).await;
            return Ok(false);
        };
        Settlement::put_on_rack(got.delivery, settings, channel, &self.desk);
        Ok(true)
    }
}

const LOOK_AGAIN: Duration = Duration::from_secs(1);
