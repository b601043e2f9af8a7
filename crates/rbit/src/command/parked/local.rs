//! Messages parked in the state folder.

use std::collections::BTreeMap;

use anyhow::anyhow;
use rbit_amqp::Rest;
use rbit_store::{ParkedMessage, Store};

use super::{
    message::Parked,
    place::{MAX_LOOK, Tally},
};
use crate::failure::Failure;

pub(super) async fn look(store: &Store) -> Result<Vec<Parked>, Failure> {
    let messages = store.parked(MAX_LOOK).await?;
    Ok(messages.into_iter().map(parked).collect())
}

pub(super) async fn requeue(store: &Store, messages: &[Parked]) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    for message in messages {
        let is_done = store.requeue(number(message)?).await?;
        note(&mut tally, message, is_done);
    }
    Ok(tally)
}

pub(super) async fn delete(store: &Store, messages: &[Parked]) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    for message in messages {
        let is_done = store.drop_parked(number(message)?).await?;
        note(&mut tally, message, is_done);
    }
    Ok(tally)
}

fn note(tally: &mut Tally, message: &Parked, is_done: bool) {
    if is_done {
        tally.done.push(message.id.clone());
    } else {
        let error = anyhow!("message {} is no longer parked", message.id);
        tally.failed.push(error.into());
    }
}

fn number(message: &Parked) -> Result<i64, Failure> {
    Ok(message.id.parse()?)
}

fn parked(message: ParkedMessage) -> Parked {
    Parked {
        id: message.number.to_string(),
        queue: Some(message.queue),
        reason: message.reason,
        text: message.text,
        attempt: Some(message.attempt.number()),
        parked: Some(message.parked.to_string()),
        box_name: None,
        message_id: message.message_id,
        headers: BTreeMap::new(),
        body: message.body,
        rest: Rest::default(),
    }
}
