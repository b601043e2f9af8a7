//! What the broker has, held against what a configuration needs. Looking makes and changes nothing.
//!
//! Over AMQP a queue tells whether it is there, how full it is and how many listen. Its arguments it tells only by refusing a
//! declaration that differs, one difference at a time; so a declaration is repeated with what was learnt until it fits. Bindings
//! and policies cannot be seen at all.

mod difference;
mod permissions;

use std::time::Duration;

use lapin::{
    ExchangeKind,
    options::{ExchangeDeclareOptions, ExchangeDeleteOptions, QueueBindOptions, QueueDeclareOptions},
    types::{FieldTable, ShortString},
};
use rbit_job::QueueName;

pub use self::{
    difference::{Difference, Setting},
    permissions::Permission,
};
use crate::{
    Admin, AdminError, PARKED, QueueType, broker_error::BrokerError, names::retry_queue, retry_queue::retry_arguments,
    topology,
};

/// A queue as it is needed.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueNeed {
    name: String,
    arguments: FieldTable,
}

impl QueueNeed {
    /// A queue of jobs.
    pub fn work(queue: &QueueName, queue_type: Option<QueueType>) -> Self {
        Self {
            name: queue.to_string(),
            arguments: topology::type_arguments(queue_type),
        }
    }

    /// Where the messages of a queue wait for their next try after this delay.
    pub fn retry(queue: &QueueName, delay: Duration, queue_type: Option<QueueType>) -> Self {
        Self {
            name: retry_queue(queue, delay),
            arguments: retry_arguments(queue, delay, queue_type),
        }
    }

    /// Where messages are put aside that were in queues of this type.
    pub fn parked(queue_type: Option<QueueType>) -> Self {
        Self {
            name: PARKED.to_owned(),
            arguments: topology::type_arguments(queue_type),
        }
    }

    /// The queue in which a box hears PyBit; while the box runs, it is locked for everybody else.
    pub fn command(client: &str) -> Self {
        Self {
            name: client.to_owned(),
            arguments: FieldTable::default(),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// What was found where a queue is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueFound {
    /// Nothing.
    Missing,
    /// A queue that only the connection can use that made it.
    Locked,
    /// A queue.
    There {
        /// Messages that wait for a consumer.
        messages: u32,
        /// Consumers.
        consumers: u32,
        /// How it differs.
        comparison: Comparison,
    },
}

/// How something differs from what is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// It was compared, and differs in this.
    Made(Vec<Difference>),
    /// The user may not declare it, and so cannot compare it either.
    NotAllowed,
}

/// What was found where an exchange is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExchangeFound {
    /// Nothing.
    Missing,
    /// An exchange.
    There(Comparison),
}

/// How an exchange chooses queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeType {
    /// By the whole routing key.
    Direct,
    /// By patterns of the words of the routing key.
    Topic,
}

impl ExchangeType {
    fn on_the_wire(self) -> ExchangeKind {
        match self {
            Self::Direct => ExchangeKind::Direct,
            Self::Topic => ExchangeKind::Topic,
        }
    }
}

impl Admin {
    /// Looks at a queue. Only if somebody deletes it in the midst of this could it be made again.
    pub async fn look_at_queue(&self, need: &QueueNeed) -> Result<QueueFound, AdminError> {
        let look = async {
            let counts = match topology::depth(self.connection(), short(&need.name)?).await {
                Err(error) if error.is_locked() => return Ok(QueueFound::Locked),
                other => other?,
            };
            let Some((messages, consumers)) = counts else {
                return Ok(QueueFound::Missing);
            };
            let comparison = self.compare_queue(need).await?;
            Ok::<_, BrokerError>(QueueFound::There {
                messages,
                consumers,
                comparison,
            })
        };
        look.await.map_err(failed("look at queue", &need.name))
    }

    /// Looks at a durable exchange that is to be of this type.
    pub async fn look_at_exchange(&self, name: &str, kind: ExchangeType) -> Result<ExchangeFound, AdminError> {
        let look = async {
            let passive = ExchangeDeclareOptions {
                passive: true,
                ..ExchangeDeclareOptions::default()
            };
            match self.declare_exchange(name, kind, passive).await {
                Err(error) if error.is_not_found() => return Ok(ExchangeFound::Missing),
                other => other?,
            }
            let comparison = match self.declare_exchange(name, kind, durable_exchange()).await {
                Ok(()) => Comparison::Made(Vec::new()),
                Err(error) if error.is_access_refused() => Comparison::NotAllowed,
                Err(error) => Comparison::Made(vec![Difference::read(&error).ok_or(error)?]),
            };
            Ok::<_, BrokerError>(ExchangeFound::There(comparison))
        };
        look.await.map_err(failed("look at exchange", name))
    }

    /// Makes a queue as it is needed.
    pub async fn make_queue(&self, need: &QueueNeed) -> Result<(), AdminError> {
        let made =
            async { topology::declare_queue(self.connection(), short(&need.name)?, need.arguments.clone()).await };
        made.await.map_err(failed("make queue", &need.name))
    }

    /// Makes a durable exchange.
    pub async fn make_exchange(&self, name: &str, kind: ExchangeType) -> Result<(), AdminError> {
        let made = self.declare_exchange(name, kind, durable_exchange()).await;
        made.map_err(failed("make exchange", name))
    }

    /// Binds a queue to an exchange, both of which exist.
    pub async fn bind(&self, queue: &QueueName, exchange: &str, key: &str) -> Result<(), AdminError> {
        let bind = async {
            let channel = self.connection().create_channel().await?;
            let (exchange, key) = (short(exchange)?, short(key)?);
            let options = QueueBindOptions::default();
            channel
                .queue_bind(short(queue.as_str())?, exchange, key, options, FieldTable::default())
                .await?;
            topology::close(&channel).await;
            Ok::<_, BrokerError>(())
        };
        bind.await.map_err(failed("bind queue", queue.as_str()))
    }

    /// Deletes an exchange. No error if there is none.
    pub async fn delete_exchange(&self, name: &str) -> Result<(), AdminError> {
        let delete = async {
            let channel = self.connection().create_channel().await?;
            channel
                .exchange_delete(short(name)?, ExchangeDeleteOptions::default())
                .await?;
            topology::close(&channel).await;
            Ok::<_, BrokerError>(())
        };
        delete.await.map_err(failed("delete exchange", name))
    }

    async fn compare_queue(&self, need: &QueueNeed) -> Result<Comparison, BrokerError> {
        let mut differences: Vec<Difference> = Vec::new();
        let (mut options, mut arguments) = (QueueDeclareOptions::durable(), need.arguments.clone());
        while differences.len() < MAX_DIFFERENCES {
            let channel = self.connection().create_channel().await?;
            let declared = channel
                .queue_declare(short(&need.name)?, options, arguments.clone())
                .await
                .map_err(BrokerError::from);
            let error = match declared {
                Ok(_) => {
                    topology::close(&channel).await;
                    break;
                }
                Err(error) if error.is_access_refused() => return Ok(Comparison::NotAllowed),
                Err(error) => error,
            };
            let difference = Difference::read(&error).ok_or(error)?;
            let is_new = !differences.iter().any(|known| known.name == difference.name);
            let can_go_on = is_new && difference.adopt(&mut options, &mut arguments);
            differences.extend(is_new.then_some(difference));
            if !can_go_on {
                break;
            }
        }
        Ok(Comparison::Made(differences))
    }

    async fn declare_exchange(
        &self,
        name: &str,
        kind: ExchangeType,
        options: ExchangeDeclareOptions,
    ) -> Result<(), BrokerError> {
        let channel = self.connection().create_channel().await?;
        channel
            .exchange_declare(short(name)?, kind.on_the_wire(), options, FieldTable::default())
            .await?;
        topology::close(&channel).await;
        Ok(())
    }
}

fn durable_exchange() -> ExchangeDeclareOptions {
    ExchangeDeclareOptions {
        durable: true,
        ..ExchangeDeclareOptions::default()
    }
}

fn short(name: &str) -> Result<ShortString, BrokerError> {
    Ok(ShortString::try_new(name)?)
}

fn failed(doing: &'static str, name: &str) -> impl FnOnce(BrokerError) -> AdminError {
    let name = name.to_owned();
    move |error| AdminError::Object {
        doing,
        name,
        source: error.into(),
    }
}

/// More than RabbitMQ has arguments.
const MAX_DIFFERENCES: usize = 32;
