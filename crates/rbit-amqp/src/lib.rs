//! Deliveries in, settlements out: RabbitMQ behind rbit's [`JobSource`](rbit_job::port::JobSource) port.
//!
//! [`AmqpSource`] listens to queues for as long as a box runs, whatever becomes of the connection. [`publish`] puts one message
//! into a queue or exchange, and [`Admin`] arranges and inspects queues for commands and tests.
//!
//! How it is built:
//! - lapin runs on a thread and runtime of its own, so that nothing else can starve its heartbeats. Its automatic recovery is off:
//!   it knows one host only, gives up for good, and repairs neither closed channels nor cancelled consumers. A supervisor does it.
//! - There is one connection to consume and one to publish: a broker that is short of memory blocks connections that publish, and
//!   acknowledgements must get through nevertheless.
//! - Each queue has its own channel, so that what goes wrong with one queue leaves the others alone.
//! - Messages are sent ahead to us only as long as they do not wait here: a box whose slots are taken gives them back, and fetches one
//!   for each slot from then on.
//! - The stream under lapin is ours: it encrypts, and it mends what RabbitMQ hands on although lapin cannot read it.
//! - The box has a queue of its own name for orders, by which PyBit also knows that it is there.
//! - A message whose job takes longer than the broker waits for an acknowledgement is held in a queue of its own, by a copy that is
//!   renewed as long as the box lives.
//! - A retry is a confirmed copy in `rbit.retry.<queue>.<milliseconds>`, which expires into its queue again; parking is a confirmed
//!   copy in `rbit.parked`. The original is acknowledged after that, so that a message may be doubled but never lost.
//!
//! No other crate names lapin. What is in a message's body is nobody's business here.

mod ack_timeout;
mod admin;
mod backoff;
mod broker_error;
mod command_queue;
mod commands;
mod confirm;
mod connect;
mod copies;
mod drops;
mod events;
mod grip;
mod headers;
mod inspect;
mod kept;
mod kit;
mod lease;
mod mend;
mod message;
mod names;
mod phase;
mod publisher;
mod race;
mod rack;
mod retry_queue;
mod settings;
mod settlement;
mod socket;
mod source;
mod steward;
mod subscriber;
mod supervisor;
mod thread;
mod tls;
mod topology;
mod watchdog;
mod wire;
mod word;

pub use ack_timeout::Holding;
pub use admin::{Admin, AdminError, Depth, publish};
pub use commands::{AmqpCommands, NameTaken};
pub use confirm::PublishError;
pub use connect::ConnectError;
pub use events::AmqpEvents;
pub use inspect::{Comparison, Difference, ExchangeFound, ExchangeType, Permission, QueueFound, QueueNeed, Setting};
pub use message::{Message, Rest, Route};
pub use names::{EXCHANGE, PARKED, routing_key};
pub use settings::{AmqpSettings, QueueSettings, QueueType, SettingsError, TlsSettings};
pub use source::{AmqpSource, OpenError};
pub use tls::{TlsError, TlsPart};
