//! RabbitMQ as a source of jobs.

use std::{collections::BTreeMap, io, sync::Arc, time::Duration};

use async_trait::async_trait;
use lapin::Connection;
use rbit_job::{
    BoxName, QueueName,
    health::{Health, Part},
    port::{Delivery, JobSource, SourceError},
};
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};
use tracing::warn;

use crate::{
    AmqpCommands, AmqpSettings, QueueSettings, SettingsError, TlsError,
    broker_error::BrokerError,
    command_queue::{self, Claim, CommandQueue},
    connect::Connector,
    names::{retry_queue, routing_key},
    phase::{Phase, PhaseWatch},
    publisher::Publisher,
    settlement::Desk,
    supervisor::{Current, Supervisor},
    thread::{AmqpRuntime, AmqpThread},
    tls::Tls,
    topology,
};

/// Deliveries from the queues of a broker.
///
/// A message that is on its way to us at the moment of [`JobSource::waiting`] may be missing in the count. Shortly after the loss of a
/// connection the count is one more than what is seen, for what was on it may not have been taken back yet. A source that is dropped
/// without [`JobSource::close`] ends as well, but nobody waits for that.
pub struct AmqpSource {
    queues: Vec<QueueSettings>,
    current: watch::Receiver<Current>,
    desk: Arc<Desk>,
    phase: watch::Sender<Phase>,
    thread: AmqpThread,
}

impl AmqpSource {
    /// Starts to listen to these queues.
    ///
    /// It does not wait for the broker: connecting goes on in the background, with words in the log, so that a box may start before
    /// its broker does. An error means that the settings can never work, or that this machine has no thread to spare.
    pub fn open(settings: AmqpSettings, queues: Vec<QueueSettings>) -> Result<Self, OpenError> {
        Self::open_telling(settings, queues, Health::default())
    }

    /// The same, saying how the connection and each queue are.
    pub fn open_telling(settings: AmqpSettings, queues: Vec<QueueSettings>, health: Health) -> Result<Self, OpenError> {
        settings.check()?;
        queues.iter().try_for_each(QueueSettings::check)?;
        if settings.declare {
            queues.iter().for_each(warn_of_unknown_key);
        }
        health.begins(Part::Broker);
        queues
            .iter()
            .for_each(|queue| health.begins(Part::Queue(queue.queue().clone())));
        let tls = settings.tls.as_ref().map(Tls::load).transpose()?;
        let runtime = AmqpRuntime::new().map_err(OpenError::Thread)?;
        let settings = Arc::new(settings);
        let connector = Arc::new(Connector::new(Arc::clone(&settings), tls, runtime.handle()));
        let (phase, watched_phase) = PhaseWatch::new();
        let desk = Arc::new(Desk::new(
            settings,
            &queues,
            health,
            Publisher::new(Arc::clone(&connector)),
            runtime.handle(),
            watched_phase.clone(),
        ));
        let (tell_current, current) = watch::channel(None);
        let supervisor = Supervisor {
            connector,
            queues: queues.clone(),
            current: tell_current,
            phase: watched_phase,
            desk: Arc::clone(&desk),
        };
        let thread = runtime.start(supervisor.run()).map_err(OpenError::Thread)?;
        Ok(Self {
            queues,
            current,
            desk,
            phase,
            thread,
        })
    }

    /// Orders to the box that PyBit knows as `client`, from its queue on the same connection.
    ///
    /// They end when they are dropped, and with this source; the box is "Active" until then.
    pub fn commands(&self, client: &BoxName) -> AmqpCommands {
        let client = client.client();
        let (send, commands) = mpsc::channel(command_queue::PLACES);
        let (tell_claim, claim) = watch::channel(Claim::Pending);
        let queue = CommandQueue {
            client: client.clone(),
            declare: self.desk.settings.declare,
            connections: self.current.clone(),
            commands: send,
            claim: tell_claim,
        };
        self.desk.handle.spawn(queue.run());
        AmqpCommands {
            client,
            commands,
            claim,
            connections: self.current.clone(),
        }
    }

    /// All queues whose messages come to this source sooner or later, each with the queue of ours that it belongs to.
    fn all_queues(&self) -> BTreeMap<String, QueueName> {
        let mut all = self.desk.retry_queues();
        for settings in &self.queues {
            let queue = settings.queue();
            all.insert(queue.to_string(), queue.clone());
            all.extend(
                settings
                    .retry_steps
                    .iter()
                    .map(|step| (retry_queue(queue, *step), queue.clone())),
            );
        }
        all
    }

    async fn connection(&mut self) -> Result<Arc<Connection>, LookError> {
        let current = self.current.wait_for(Option::is_some).await;
        current
            .ok()
            .and_then(|current| current.clone())
            .ok_or(LookError::Closed)
    }

    async fn ready(&mut self, queue: &str) -> Result<u64, LookError> {
        let look = async {
            let connection = self.connection().await?;
            let depth = topology::depth(&connection, queue.into())
                .await
                .map_err(LookError::Broker)?;
            Ok(depth.map_or(0, |(messages, _)| messages.into()))
        };
        timeout(LOOK_TIMEOUT, look).await.unwrap_or(Err(LookError::TimedOut))
    }
}

#[async_trait]
impl JobSource for AmqpSource {
    async fn next(&mut self) -> Option<Delivery> {
        self.desk.rack.next().await
    }

    async fn waiting(&mut self) -> Result<u64, SourceError> {
        let mut waiting = 0;
        for (name, queue) in self.all_queues() {
            waiting += self.ready(&name).await.map_err(|error| SourceError {
                queue,
                source: error.into(),
            })?;
        }
        Ok(waiting + self.desk.rack.waiting() as u64 + u64::from(self.desk.may_get_back()))
    }

    async fn stop(&mut self) {
        self.phase
            .send_if_modified(|phase| std::mem::replace(phase, Phase::Draining.max(*phase)) != *phase);
        // It is closed when every subscriber has given back what it had.
        if timeout(STOP_TIMEOUT, self.desk.rack.is_closed()).await.is_err() {
            warn!("the broker is silent: messages go back when the connection ends");
            self.desk.rack.close();
        }
    }

    async fn close(mut self: Box<Self>) {
        self.phase.send_replace(Phase::Closed);
        self.desk.rack.close();
        if timeout(CLOSE_TIMEOUT, self.thread.ended()).await.is_err() {
            warn!("the connection to the broker does not end properly; the broker will notice");
        }
    }
}

/// What waits holds on to the source's parts, which would keep each other alive.
impl Drop for AmqpSource {
    fn drop(&mut self) {
        self.desk.rack.close();
    }
}

fn warn_of_unknown_key(settings: &QueueSettings) {
    if routing_key(settings.queue()).is_none() {
        warn!(
            queue.name = %settings.queue(),
            "the queue is not bound to exchange `pybit`: its name has not four parts, so its routing key cannot be known"
        );
    }
}

/// A source could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The settings cannot work.
    #[error("the settings for the broker cannot work")]
    Settings(#[from] SettingsError),
    /// Connections cannot be encrypted as the settings have it.
    #[error("cannot prepare encrypted connections to the broker")]
    Tls(#[from] TlsError),
    /// The machine is short of something.
    #[error("cannot start the thread for the broker")]
    Thread(#[source] io::Error),
}

/// Why a queue could not be looked into.
#[derive(Debug, thiserror::Error)]
enum LookError {
    #[error("no answer from the broker within {LOOK_TIMEOUT:?}")]
    TimedOut,
    #[error("the source is closed")]
    Closed,
    #[error("the broker does not tell")]
    Broker(#[source] BrokerError),
}

const LOOK_TIMEOUT: Duration = Duration::from_secs(10);
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
const CLOSE_TIMEOUT: Duration = Duration::from_secs(10);
