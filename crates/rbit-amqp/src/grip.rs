//! A message of ours, wherever it is.

use std::{mem, sync::Arc, time::Duration};

use lapin::{Acker, Channel};
use rbit_fail_point::{FailPoint, passed};
use rbit_job::port::SettleError;
use tokio::{
    sync::{Mutex, oneshot},
    time::timeout,
};
use tracing::{debug, info, warn};

use crate::{
    QueueType,
    copies::Original,
    lease::{Lease, LeaseError},
    publisher::Publisher,
    settlement::Desk,
    word::{acknowledge, give_back},
};

/// A message that was handed to us. Until it is [taken](Self::take) to be settled, it is kept ours however long its job takes.
pub(crate) struct Grip {
    pub(crate) original: Original,
    pub(crate) queue_type: Option<QueueType>,
    place: Mutex<Place>,
}

/// Where a message is.
pub(crate) enum Place {
    /// The broker waits for our word on this channel, which is kept open for that.
    Channel { acker: Acker, channel: Channel },
    /// In a queue of its own.
    Held(Lease),
    /// Wherever it is, it is no longer ours.
    Gone,
}

impl Grip {
    pub(crate) fn new(original: Original, queue_type: Option<QueueType>, acker: Acker, channel: Channel) -> Self {
        Self {
            original,
            queue_type,
            place: Mutex::new(Place::Channel { acker, channel }),
        }
    }

    /// Whether the message is still ours.
    pub(crate) fn is_live(&self) -> bool {
        // A message that is being moved is in at least one place.
        self.place.try_lock().map_or(true, |place| place.is_live())
    }

    /// Takes the message, to say what becomes of it. From now on it is not kept.
    pub(crate) async fn take(&self) -> Place {
        mem::replace(&mut *self.place.lock().await, Place::Gone)
    }

    /// Holds the message in a queue of its own before the broker's patience ends, until it is taken or `released`.
    pub(crate) async fn keep(self: Arc<Self>, desk: Arc<Desk>, mut released: oneshot::Receiver<()>) {
        let mut wait = desk.ack_timeout.stay();
        loop {
            if timeout(wait, &mut released).await.is_ok() {
                return;
            }
            let Some(next) = self.keep_on(&desk).await else { return };
            wait = next;
        }
    }

    /// One step of keeping it. How long until the next one; `None` if there is nothing to keep.
    async fn keep_on(&self, desk: &Desk) -> Option<Duration> {
        let mut place = self.place.lock().await;
        if !place.is_live() {
            return None;
        }
        if let Place::Channel { acker, .. } = &*place {
            let acker = acker.clone();
            *place = Place::Held(self.hold(&acker, desk).await?);
        } else if let Place::Held(lease) = &mut *place
            && let Err(error) = lease.renew(&desk.publisher, &self.original).await
        {
            let is_over = matches!(error, LeaseError::Expired);
            let error = &error as &dyn std::error::Error;
            warn!(queue.name = lease.queue(), error, "held message not renewed");
            if is_over {
                *place = Place::Gone;
            }
        }
        match &*place {
            Place::Held(lease) => Some(lease.rest()),
            Place::Channel { .. } | Place::Gone => None,
        }
    }

    /// Moves the message from its channel to a queue of its own. `None` if that is not possible: then it stays where it is, and the
    /// broker will hand it out again.
    async fn hold(&self, acker: &Acker, desk: &Desk) -> Option<Lease> {
        let queue = &self.original.queue;
        let length = desk.ack_timeout.lease();
        let lease = match Lease::begin(&desk.publisher, &self.original, self.queue_type, length).await {
            Ok(lease) => lease,
            Err(error) => {
                let (help, error) = (HOLD_HELP, &error as &dyn std::error::Error);
                warn!(queue.name = %queue, error, help, "cannot hold the message of a long job");
                return None;
            }
        };
        passed(FailPoint::HeldCopyStored);
        if acknowledge(acker).await.unwrap_or(false) {
            passed(FailPoint::MessageHeld);
            info!(queue.name = %queue, held_in = lease.queue(), "a job takes long: its message is held in a queue of its own");
            return Some(lease);
        }
        // The broker has the message back, so the copy is one too many.
        if let Err(error) = lease.end(&desk.publisher).await {
            debug!(
                error = &error as &dyn std::error::Error,
                "copy of a message left to expire"
            );
        }
        None
    }
}

impl Place {
    pub(crate) fn is_live(&self) -> bool {
        match self {
            Self::Channel { acker, .. } => acker.usable(),
            Self::Held(lease) => lease.is_live(),
            Self::Gone => false,
        }
    }

    /// Lets go of the message, which has been dealt with.
    pub(crate) async fn let_go(&self, publisher: &Publisher) -> Result<(), SettleError> {
        match self {
            Self::Channel { acker, .. } => match acknowledge(acker).await {
                Ok(true) => Ok(()),
                Ok(false) => Err(SettleError::Stale),
                Err(error) => Err(SettleError::Acknowledge(error.into())),
            },
            Self::Held(lease) => match lease.end(publisher).await {
                Ok(()) => Ok(()),
                Err(LeaseError::Expired) => Err(SettleError::Stale),
                Err(error) => Err(SettleError::Acknowledge(error.into())),
            },
            Self::Gone => Err(SettleError::Stale),
        }
    }

    /// Gives the message back to its queue after a pause. A held one comes back by itself.
    pub(crate) async fn give_back_after(self, pause: impl Future<Output = ()>) {
        let Self::Channel { acker, channel } = self else { return };
        pause.await;
        if !give_back(&acker).await.unwrap_or(false) {
            debug!("delivery not given back: its channel is gone, so the broker has it already");
        }
        drop(channel);
    }
}

const HOLD_HELP: &str = "may the user configure, read and write queues named `rbit.held.*`? When the broker's patience ends, it will \
    hand the message out again, and another box may run the job too";
