//! Where messages are parked.

use rbit_amqp::Admin;
use rbit_config::{Settings, Source};
use rbit_store::Store;

use super::{broker, local, message::Parked};
use crate::{command::broker as amqp, failure::Failure, wiring};

/// The parking place of the configuration's source.
pub(super) enum Place {
    Local(Store),
    Broker(Admin),
}

/// What became of messages.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Ids of those with which it was done.
    pub(super) done: Vec<String>,
    /// Why not with the others.
    pub(super) failed: Vec<Failure>,
}

impl Place {
    pub(super) async fn open(settings: &Settings) -> Result<Self, Failure> {
        match &settings.source {
            Source::Local => Ok(Self::Local(wiring::existing_store(settings)?)),
            Source::Amqp(broker) => Ok(Self::Broker(amqp::connect(settings, broker).await?)),
        }
    }

    /// The messages that are parked there, the oldest first.
    pub(super) async fn look(&self) -> Result<Vec<Parked>, Failure> {
        match self {
            Self::Local(store) => local::look(store).await,
            Self::Broker(admin) => broker::look(admin).await,
        }
    }

    /// Puts messages back into their queues.
    pub(super) async fn requeue(&self, messages: &[Parked]) -> Result<Tally, Failure> {
        match self {
            Self::Local(store) => local::requeue(store, messages).await,
            Self::Broker(admin) => broker::requeue(admin, messages).await,
        }
    }

    /// Deletes messages.
    pub(super) async fn delete(&self, messages: &[Parked]) -> Result<Tally, Failure> {
        match self {
            Self::Local(store) => local::delete(store, messages).await,
            Self::Broker(admin) => broker::delete(admin, messages).await,
        }
    }

    pub(super) async fn close(self) {
        match self {
            Self::Local(_) => {}
            Self::Broker(admin) => admin.close().await,
        }
    }
}

/// Messages that are looked at. More of them are not seen before some are gone.
pub(super) const MAX_LOOK: u32 = 10_000;
