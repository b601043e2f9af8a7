//! The local queues as a source of jobs.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use rbit_job::port::{Clock, Delivery, JobSource, SourceError, Subscription};
use tokio::time::{sleep, timeout};
use tracing::{error, warn};
use ulid::Ulid;

use super::{fetch::Fetcher, hold::Hold, message::Message, settlement::Settlement};
use crate::{Incarnation, wake::Wake};

/// Hands out the messages of local queues.
///
/// Messages that another process pushes are noticed within a tenth of a second, those of this one at once. Within a queue the
/// oldest ready message comes first; queues take turns. Nothing is fetched ahead of [`JobSource::next`].
pub struct LocalSource {
    fetcher: Fetcher,
    wake: Arc<Wake>,
    is_stopped: bool,
}

impl LocalSource {
    /// A source of these queues. A queue that has no message yet needs no making.
    pub fn open(incarnation: &Incarnation, subscriptions: Vec<Subscription>, clock: Arc<dyn Clock>) -> Self {
        let hold = Hold::new(Ulid::generate().to_string());
        let fetcher = Fetcher::new(incarnation.clone(), hold, clock, subscriptions);
        Self {
            fetcher,
            wake: incarnation.wake(),
            is_stopped: false,
        }
    }

    fn delivery(&self, message: Message) -> Delivery {
        let settlement = Settlement {
            number: message.number,
            queue: message.queue.clone(),
            hold: Arc::clone(&self.fetcher.hold),
            database: self.fetcher.incarnation.database().clone(),
            clock: Arc::clone(&self.fetcher.clock),
            wake: Arc::clone(&self.wake),
            is_settled: false,
        };
        let mut delivery = Delivery::new(message.queue, message.body, Box::new(settlement));
        delivery.message_id = message.message_id;
        delivery.attempt = message.attempt;
        delivery.redelivered = message.redelivered;
        delivery.requeued = message.requeued;
        delivery
    }
}

#[async_trait]
impl JobSource for LocalSource {
    async fn next(&mut self) -> Option<Delivery> {
        while !self.is_stopped {
            match self.fetcher.fetch().await {
                Ok(Some(message)) => return Some(self.delivery(message)),
                // Not an error when the time is over: a retry may be due, or another process may have pushed.
                Ok(None) => drop(timeout(LOOK_AGAIN, self.wake.messages.notified()).await),
                Err(error) => {
                    error!(
                        error = &error as &dyn std::error::Error,
                        "cannot look into the local queues"
                    );
                    sleep(AFTER_ERROR).await;
                }
            }
        }
        None
    }

    async fn waiting(&mut self) -> Result<u64, SourceError> {
        let counted = self.fetcher.waiting().await;
        counted.map_err(|(queue, source)| SourceError {
            queue,
            source: Box::new(source),
        })
    }

    async fn stop(&mut self) {
        self.is_stopped = true;
        if let Err(error) = self.fetcher.give_back().await {
            warn!(
                error = &error as &dyn std::error::Error,
                "message not given back: it comes again after a restart"
            );
        }
    }

    async fn close(mut self: Box<Self>) {
        self.stop().await;
        if let Err(error) = self.fetcher.give_up().await {
            warn!(
                error = &error as &dyn std::error::Error,
                "messages not given back: they come again after a restart"
            );
        }
    }
}

const LOOK_AGAIN: Duration = Duration::from_millis(100);
const AFTER_ERROR: Duration = Duration::from_secs(1);
