//! Keeps a connection to consume on, for as long as the source lives.

use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{FutureExt, StreamExt};
use lapin::{Connection, Event};
use rbit_job::{error_chain, health::Part};
use tokio::{
    sync::watch,
    task::{JoinError, JoinSet},
    time::timeout,
};
use tracing::{error, info, warn};

use crate::{
    ConnectError, QueueSettings,
    backoff::Backoff,
    broker_error::BrokerError,
    connect::{Connected, Connector, Role},
    phase::{Phase, PhaseWatch},
    settlement::Desk,
    steward::Steward,
    subscriber::Subscriber,
    topology::REPLY_SUCCESS,
    watchdog,
};

/// The connection of the moment, for whoever wants to look into queues.
pub(crate) type Current = Option<Arc<Connection>>;

/// Connects, subscribes, and does it again when the connection is lost.
pub(crate) struct Supervisor {
    pub(crate) connector: Arc<Connector>,
    pub(crate) queues: Vec<QueueSettings>,
    pub(crate) current: watch::Sender<Current>,
    pub(crate) phase: PhaseWatch,
    pub(crate) desk: Arc<Desk>,
}

impl Supervisor {
    /// Runs until the source is closed; then closes the connections.
    pub(crate) async fn run(mut self) {
        let ending = Ending(Arc::clone(&self.desk));
        let last = self.keep_consuming().await;
        drop(ending);
        self.phase.reached(Phase::Closed).await;
        if let Some(connection) = last {
            close(&connection).await;
        }
        self.desk.publisher.close().await;
    }

    /// Returns when the source takes no more messages, with the connection on which some may still have to be settled.
    async fn keep_consuming(&mut self) -> Current {
        let mut backoff = Backoff::default();
        while self.phase.is_running() {
            let started = Instant::now();
            let connected = tokio::select! {
                connected = self.connector.connect(Role::Consume) => connected,
                () = self.phase.reached(Phase::Draining) => break,
            };
            let wait = match connected {
                Ok(connected) => match self.session(connected).await {
                    SessionEnd::Drained(connection) => return Some(connection),
                    SessionEnd::Lost(error) => {
                        let text = error
                            .as_ref()
                            .map_or("the connection ended".to_owned(), |error| error_chain(error));
                        self.desk.health.ill(Part::Broker, &text, false);
                        lost(error.as_ref(), &mut backoff, started.elapsed())
                    }
                },
                Err(error) => {
                    self.desk
                        .health
                        .ill(Part::Broker, &error_chain(&error), !error.is_transient());
                    not_connected(&error, &mut backoff)
                }
            };
            self.phase.pause(wait).await;
        }
        None
    }

    /// All subscriptions of one connection, until it is lost or the source takes no more messages.
    async fn session(&mut self, connected: Connected) -> SessionEnd {
        let (connection, cord) = (Arc::new(connected.connection), connected.cord);
        info!(
            heartbeat_s = connection.configuration().heartbeat(),
            "connected to the broker"
        );
        self.desk.health.well(Part::Broker);
        let mut silence = pin!(watchdog::silence(&connection).fuse());
        let mut events = pin!(connection.events_listener());
        let mut subscribers = self.subscribe_to_all(&connection);
        self.current.send_replace(Some(Arc::clone(&connection)));
        let mut last_error = None;
        while connection.status().connected() {
            tokio::select! {
                Some(event) = events.next() => last_error = told(event).or(last_error),
                () = &mut silence => {
                    warn!(patience = ?watchdog::PATIENCE, "the broker does not answer although the connection seems to live: ending it");
                    cord.cut();
                }
                subscriber = subscribers.join_next() => match subscriber {
                    None => break,
                    Some(ended) => if is_lost(&ended) { cord.cut() },
                },
            }
        }
        if connection.status().connected() {
            return SessionEnd::Drained(Arc::clone(&connection));
        }
        self.desk.note_loss();
        self.current.send_replace(None);
        while let Some(Some(event)) = events.next().now_or_never() {
            last_error = told(event).or(last_error);
        }
        SessionEnd::Lost(last_error)
    }

    fn subscribe_to_all(&self, connection: &Arc<Connection>) -> JoinSet<()> {
        let subscriber = |queue: &QueueSettings| Subscriber {
            queue: queue.clone(),
            connection: Arc::clone(connection),
            phase: self.phase.clone(),
            desk: Arc::clone(&self.desk),
            is_bound: false,
        };
        let steward = Steward {
            connection: Arc::clone(connection),
            queues: self.queues.clone(),
            phase: self.phase.clone(),
            desk: Arc::clone(&self.desk),
        };
        let mut tasks: JoinSet<()> = self.queues.iter().map(|queue| subscriber(queue).run()).collect();
        tasks.spawn(steward.run());
        tasks
    }
}

/// The end of consuming, by whatever way it comes: the source sees by the closed rack that no more messages come, and its worker does not
/// wait for them for ever.
struct Ending(Arc<Desk>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.rack.close();
    }
}

/// Whether a task of a connection ended in a panic. Its queue would have no listener any more: all begin anew.
fn is_lost(ended: &Result<(), JoinError>) -> bool {
    let Err(error) = ended else { return false };
    error!(%error, "listening to a queue did not end in order, which is a bug of rbit: beginning anew");
    true
}

/// Why the subscriptions of a connection ended.
enum SessionEnd {
    /// The connection is gone, and this is what it ended with.
    Lost(Option<BrokerError>),
    /// The source takes no more messages; this connection is still needed to settle those handed out.
    Drained(Arc<Connection>),
}

/// Closes a connection, as far as the broker answers.
pub(crate) async fn close(connection: &Connection) {
    // An error says that it is closed already; in silence it ends with the heartbeat.
    let _ = timeout(CLOSE_TIMEOUT, connection.close(REPLY_SUCCESS, "done".into())).await;
}

/// Tells what happens to a connection that stays, and gives the error of one that does not.
fn told(event: Event) -> Option<BrokerError> {
    match event {
        Event::ConnectionBlocked(reason) => warn!(reason, "the broker takes no messages from this connection"),
        Event::ConnectionUnblocked => info!("the broker takes messages from this connection again"),
        Event::Error(error) => return Some(error.into()),
        _ => {}
    }
    None
}

fn lost(error: Option<&BrokerError>, backoff: &mut Backoff, worked_for: Duration) -> Duration {
    let wait = backoff.after(worked_for);
    let cause = error.map(|error| error as &dyn std::error::Error);
    if error.is_some_and(BrokerError::is_unreadable) {
        error!(
            error = cause,
            help = UNREADABLE_HELP,
            ?worked_for,
            ?wait,
            "connection to the broker given up"
        );
    } else {
        warn!(error = cause, ?worked_for, ?wait, "connection to the broker lost");
    }
    wait
}

fn not_connected(error: &ConnectError, backoff: &mut Backoff) -> Duration {
    let help = error.help();
    if error.is_transient() {
        let wait = backoff.after(Duration::ZERO);
        warn!(
            error = error as &dyn std::error::Error,
            help,
            ?wait,
            "no connection to the broker yet"
        );
        wait
    } else {
        let wait = backoff.slow();
        error!(
            error = error as &dyn std::error::Error,
            help,
            ?wait,
            "the broker does not let this box in"
        );
        wait
    }
}

const UNREADABLE_HELP: &str = "if this repeats, a message at the head of a queue has a form that rbit cannot read; move it away \
    with another client";

const CLOSE_TIMEOUT: Duration = Duration::from_secs(3);
