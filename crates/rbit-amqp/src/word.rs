//! Our word on a delivery, given without waiting for an answer that never comes.

use std::{future::Future, pin::pin, time::Duration};

use lapin::{
    Acker,
    options::{BasicAckOptions, BasicNackOptions},
};
use tokio::time::timeout;

/// Lets the broker forget a delivery. `false` if that had no effect.
pub(crate) async fn acknowledge(acker: &Acker) -> Result<bool, lapin::Error> {
    answered(acker, acker.ack(BasicAckOptions::default())).await
}

/// Gives a delivery back to its queue. `false` if that had no effect.
pub(crate) async fn give_back(acker: &Acker) -> Result<bool, lapin::Error> {
    let requeue = BasicNackOptions {
        requeue: true,
        ..BasicNackOptions::default()
    };
    answered(acker, acker.nack(requeue)).await
}

/// A word that is given in the moment in which lapin (4.12) finds its connection broken may stay in a queue that nobody reads any more,
/// and its giver would wait for ever. But lapin knows by then that the channel is gone.
async fn answered(acker: &Acker, word: impl Future<Output = Result<bool, lapin::Error>>) -> Result<bool, lapin::Error> {
    let mut word = pin!(word);
    loop {
        match timeout(LOOK_AGAIN, &mut word).await {
            Ok(answer) => return answer,
            Err(_) if acker.poisoned() => return Ok(false),
            Err(_) => {}
        }
    }
}

const LOOK_AGAIN: Duration = Duration::from_millis(500);
