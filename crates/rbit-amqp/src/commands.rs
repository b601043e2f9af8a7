//! Orders to the box, as PyBit sends them.

use std::time::Duration;

use async_trait::async_trait;
use rbit_job::{BoxCommand, port::CommandSource};
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};

use crate::{command_queue::Claim, supervisor::Current};

/// Orders that come in the queue of the box's own name; having that queue is also what makes the box "Active" for PyBit.
///
/// The queue belongs to the connection on which the source consumes, and is made again with each new one. What is sent while there
/// is none is lost: PyBit does not keep it.
pub struct AmqpCommands {
    pub(crate) client: String,
    pub(crate) commands: mpsc::Receiver<BoxCommand>,
    pub(crate) claim: watch::Receiver<Claim>,
    pub(crate) connections: watch::Receiver<Current>,
}

impl AmqpCommands {
    /// Waits until the name of this box is known to be ours, or to be in use by another box.
    ///
    /// Only the broker can tell. A start waits [`Self::PATIENCE`] for it and then goes on without an answer; a name that is in use
    /// may still become free within [`Self::LINGER`], for a box that was lost a moment ago lingers at the broker.
    pub async fn claim_name(&mut self) -> Result<(), NameTaken> {
        let is_there = self.connections.wait_for(Option::is_some);
        if !matches!(timeout(Self::PATIENCE, is_there).await, Ok(Ok(_))) {
            return Ok(());
        }
        // An error says that the source is closed.
        let answered = self.claim.wait_for(|claim| *claim != Claim::Pending).await;
        if answered.is_ok_and(|claim| *claim == Claim::Taken) {
            let queue = self.client.clone();
            return Err(NameTaken { queue });
        }
        Ok(())
    }

    /// How long a start waits for the broker.
    pub const PATIENCE: Duration = Duration::from_secs(5);

    /// How long a name that is in use is asked for again at the start.
    pub const LINGER: Duration = Duration::from_secs(10);
}

#[async_trait]
impl CommandSource for AmqpCommands {
    async fn next(&mut self) -> Option<BoxCommand> {
        self.commands.recv().await
    }
}

/// Another box has the name of this one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name is taken: another connection to the broker holds queue `{queue}`")]
pub struct NameTaken {
    /// The queue that a box of this name has for itself.
    pub queue: String,
}

impl NameTaken {
    /// What a person can do about it.
    pub fn help(&self) -> &'static str {
        "is another box of this name running? Give each its own `name` in [rbit]; PyBit could not tell them apart. \
         The queue of a box that was cut off becomes free when the broker has missed two of its heartbeats"
    }
}
