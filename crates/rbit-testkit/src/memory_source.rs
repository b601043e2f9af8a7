//! A job source in memory, which remembers how each delivery was settled.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use rbit_job::{
    Attempt, Disposition, QueueName,
    port::{Delivery, JobSource, Settle, SettleError, SourceError},
};
use tokio::sync::watch;

/// A source for one test. Its messages come from the [`Producer`] that is made with it; retries do not come back.
pub struct MemorySource {
    state: Arc<State>,
}

/// The other end of a [`MemorySource`].
#[derive(Clone)]
pub struct Producer {
    state: Arc<State>,
}

/// What became of one delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The message's bytes.
    pub body: Vec<u8>,
    /// How it was settled; none when it was dropped.
    pub disposition: Option<Disposition>,
}

/// A message of a [`Producer`].
#[derive(Clone, Debug)]
pub struct Published {
    queue: QueueName,
    body: Vec<u8>,
    attempt: Attempt,
    redelivered: bool,
    requeued: Option<String>,
}

struct State {
    waiting: Mutex<VecDeque<Published>>,
    is_stopped: watch::Sender<bool>,
    settled: watch::Sender<Vec<Settled>>,
}

impl MemorySource {
    /// An empty source and the end that fills it.
    #[expect(clippy::new_ret_no_self, reason = "the two ends belong together")]
    pub fn new() -> (Box<dyn JobSource>, Producer) {
        let state = Arc::new(State {
            waiting: Mutex::default(),
            is_stopped: watch::Sender::new(false),
            settled: watch::Sender::new(Vec::new()),
        });
        (
            Box::new(Self {
                state: Arc::clone(&state),
            }),
            Producer { state },
        )
    }
}

impl Published {
    /// A message that nobody has seen.
    pub fn new(queue: &str, body: impl Into<Vec<u8>>) -> Self {
        let queue = QueueName::new(queue).expect("a valid name of a queue");
        Self {
            queue,
            body: body.into(),
            attempt: Attempt::FIRST,
            redelivered: false,
            requeued: None,
        }
    }

    /// The same as another attempt.
    #[must_use]
    pub fn attempt(self, number: u32) -> Self {
        Self {
            attempt: Attempt::new(number),
            ..self
        }
    }

    /// The same, handed out before.
    #[must_use]
    pub fn redelivered(self) -> Self {
        Self {
            redelivered: true,
            ..self
        }
    }

    /// The same, put back by a person.
    #[must_use]
    pub fn requeued(self) -> Self {
        Self {
            requeued: Some("once".to_owned()),
            ..self
        }
    }
}

impl Producer {
    /// Publishes a message.
    pub fn publish(&self, message: Published) {
        self.state.waiting().push_back(message);
        self.state.is_stopped.send_modify(|_| {});
    }

    /// Waits until so many deliveries were settled or dropped, and says how, in the order in which it happened.
    pub async fn settled(&self, count: usize) -> Vec<Settled> {
        let mut settled = self.state.settled.subscribe();
        settled
            .wait_for(|settled| settled.len() >= count)
            .await
            .map(|settled| settled.clone())
            .unwrap_or_default()
    }

    /// Lets the source end by itself.
    pub fn end(&self) {
        self.state.is_stopped.send_replace(true);
    }

    /// How many messages nobody took.
    pub fn left(&self) -> usize {
        self.state.waiting().len()
    }
}

impl State {
    fn waiting(&self) -> std::sync::MutexGuard<'_, VecDeque<Published>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn deliver(self: &Arc<Self>, message: Published) -> Delivery {
        let settle = MemorySettle {
            body: Some(message.body.clone()),
            state: Arc::clone(self),
        };
        let mut delivery = Delivery::new(message.queue, message.body, Box::new(settle));
        delivery.attempt = message.attempt;
        delivery.redelivered = message.redelivered;
        delivery.requeued = message.requeued;
        delivery
    }
}

#[async_trait]
impl JobSource for MemorySource {
    async fn next(&mut self) -> Option<Delivery> {
        let mut changes = self.state.is_stopped.subscribe();
        loop {
            if *changes.borrow_and_update() {
                return None;
            }
            let message = self.state.waiting().pop_front();
            if let Some(message) = message {
                return Some(self.state.deliver(message));
            }
            changes.changed().await.ok()?;
        }
    }

    async fn waiting(&mut self) -> Result<u64, SourceError> {
        Ok(self.state.waiting().len() as u64)
    }

    async fn stop(&mut self) {
        self.state.is_stopped.send_replace(true);
    }

    async fn close(self: Box<Self>) {}
}

struct MemorySettle {
    body: Option<Vec<u8>>,
    state: Arc<State>,
}

impl MemorySettle {
    fn record(&mut self, disposition: Option<Disposition>) {
        if let Some(body) = self.body.take() {
            self.state
                .settled
                .send_modify(|settled| settled.push(Settled { body, disposition }));
        }
    }
}

#[async_trait]
impl Settle for MemorySettle {
    async fn settle(mut self: Box<Self>, disposition: &Disposition) -> Result<(), SettleError> {
        self.record(Some(disposition.clone()));
        Ok(())
    }

    fn is_live(&self) -> bool {
        true
    }
}

impl Drop for MemorySettle {
    fn drop(&mut self) {
        self.record(None);
    }
}
