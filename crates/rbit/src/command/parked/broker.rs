//! Messages parked at the broker, in queue `rbit.parked`.

use std::{collections::HashSet, time::Duration};

use anyhow::anyhow;
use rbit_amqp::{Admin, Message, PARKED, Route};
use rbit_job::QueueName;
use sha2::{Digest as _, Sha256};

use super::{
    message::Parked,
    place::{MAX_LOOK, Tally},
};
use crate::{command::broker as amqp, exit_code::Code, failure::Failure};

pub(super) async fn look(admin: &Admin) -> Result<Vec<Parked>, Failure> {
    let messages = admin
        .peek(&place()?, MAX_LOOK as usize)
        .await
        .map_err(amqp::unavailable)?;
    Ok(messages.into_iter().map(parked).collect())
}

/// Stores a copy of each message in its queue, then takes the messages away: whatever interrupts this, none is lost.
pub(super) async fn requeue(admin: &Admin, messages: &[Parked]) -> Result<Tally, Failure> {
    let mut stored = HashSet::new();
    let mut failed = Vec::new();
    for message in messages {
        match store_copy(admin, message).await {
            Ok(()) => drop(stored.insert(message.id.clone())),
            Err(failure) => failed.push(failure),
        }
    }
    let mut tally = take(admin, stored, "is in its queue again, and still parked").await?;
    tally.failed.extend(failed);
    Ok(tally)
}

pub(super) async fn delete(admin: &Admin, messages: &[Parked]) -> Result<Tally, Failure> {
    let ids = messages.iter().map(|message| message.id.clone()).collect();
    take(admin, ids, "is no longer parked, or somebody else is looking at it").await
}

async fn store_copy(admin: &Admin, message: &Parked) -> Result<(), Failure> {
    let queue = message
        .queue
        .as_ref()
        .ok_or_else(|| anyhow!("message {} does not say which queue it came from", message.id))?;
    let found = Message {
        rest: message.rest.clone(),
        ..Message::persistent(message.body.clone())
    };
    let published = admin.publish(&Route::Queue(queue.to_string()), &found.unparked()).await;
    published.map_err(|error| {
        let help = error.help();
        let failure = Failure::new(
            Code::Unavailable,
            anyhow::Error::new(error).context(format!("cannot put message {} back", message.id)),
        );
        match help {
            Some(help) => failure.with_help(help),
            None => failure,
        }
    })
}

/// Takes messages away. Somebody who looks at the parked messages at the same moment hides them from us: so we look again.
async fn take(admin: &Admin, mut ids: HashSet<String>, left: &str) -> Result<Tally, Failure> {
    let (place, mut tally) = (place()?, Tally::default());
    for look in 0..MAX_LOOKS {
        if ids.is_empty() {
            break;
        }
        if look > 0 {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        let taken = admin.take(&place, MAX_LOOK as usize, |message| ids.contains(&id(message)));
        for message in taken.await.map_err(amqp::unavailable)? {
            let id = id(&message);
            ids.remove(&id);
            tally.done.push(id);
        }
    }
    tally.failed = ids.iter().map(|id| anyhow!("message {id} {left}").into()).collect();
    Ok(tally)
}

fn place() -> Result<QueueName, Failure> {
    Ok(QueueName::new(PARKED)?)
}

fn parked(message: Message) -> Parked {
    let header = |name: &str| message.headers.get(name).cloned();
    Parked {
        id: id(&message),
        queue: origin(&message),
        reason: message.parked_because().unwrap_or("-").to_owned(),
        text: header("x-rbit-text").unwrap_or_default(),
        attempt: header("x-rbit-attempt").and_then(|number| number.parse().ok()),
        parked: header(PARKED_AT),
        box_name: header("x-rbit-box"),
        message_id: message.message_id,
        headers: message.headers,
        body: message.body,
        rest: message.rest,
    }
}

/// A name for a message, which the broker gives none: made of where it came from, when it was parked, and what is in it.
fn id(message: &Message) -> String {
    let header = |name: &str| message.headers.get(name).map(String::as_str);
    // Of a message that the broker parked, its own history says when.
    let parked_at = header(PARKED_AT).or_else(|| header("x-death"));
    let mut digest = Sha256::new();
    for part in [message.parked_from(), parked_at, message.message_id.as_deref()] {
        digest.update(part.unwrap_or_default());
        digest.update([0]);
    }
    digest.update(&message.body);
    digest
        .finalize()
        .iter()
        .take(ID_BYTES)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn origin(message: &Message) -> Option<QueueName> {
    QueueName::new(message.parked_from()?).ok()
}

const PARKED_AT: &str = "x-rbit-parked-at";

/// Enough that two parked messages do not share a name.
const ID_BYTES: usize = 6;

const MAX_LOOKS: u32 = 50;
const LOOK_AGAIN: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    fn message(parked_at: &str, body: &str) -> Message {
        let headers = [(PARKED_AT, parked_at), ("x-rbit-origin-queue", "q")];
        Message {
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            ..Message::persistent(body)
        }
    }

    #[test]
    fn messages_with_the_same_content_have_names_of_their_own() {
        let at = "2026-03-01T00:00:00Z";
        assert_eq!(id(&message(at, "{}")), id(&message(at, "{}")), "the same at each look");
        assert_ne!(id(&message(at, "{}")), id(&message("2026-03-01T00:00:01Z", "{}")));
        assert_ne!(id(&message(at, "{}")), id(&message(at, "{ }")));
        assert_eq!(id(&message(at, "{}")).len(), 2 * ID_BYTES);
    }

    #[test]
    fn a_message_that_the_broker_parked_by_itself_tells_its_queue_and_reason() {
        let headers = [("x-first-death-queue", "q"), ("x-first-death-reason", "delivery_limit")];
        let shown = parked(Message {
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            ..Message::persistent("{}")
        });
        assert_eq!(shown.queue.map(|queue| queue.to_string()).as_deref(), Some("q"));
        assert_eq!(shown.reason, "delivery_limit");
    }

    #[test]
    fn a_message_that_somebody_else_put_there_is_shown_as_far_as_it_tells() {
        let shown = parked(Message::persistent("hello"));
        assert_eq!((shown.queue, shown.reason.as_str(), shown.attempt), (None, "-", None));
        assert_eq!(shown.body, b"hello");
    }
}
