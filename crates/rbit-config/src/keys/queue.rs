//! The keys of `[queue:NAME]`.

use std::time::Duration;

use rbit_job::OnFailed;

use crate::{
    QueueKind,
    key::{Form, Key, ListedKey, Section},
    keys::general::MAX_SLOTS,
    problem::Wrong,
    value::{choice, duration, number},
};

pub(crate) const SECTION: Section = Section {
    name: "queue",
    form: Form::Named,
    keys: &KEYS,
    is_open: false,
};

const KEYS: [ListedKey; 5] = [
    SLOTS.listed(),
    RETRY_STEPS.listed(),
    MAX_ATTEMPTS.listed(),
    ON_FAILED.listed(),
    TYPE.listed(),
];

/// Jobs of this queue at once.
pub(crate) const SLOTS: Key<u32> = Key::new("slots", number::between::<1, MAX_SLOTS>);
/// The waits before the next tries: a list.
pub(crate) const RETRY_STEPS: Key<Duration> =
    Key::new("retry-steps", duration::between::<{ duration::MILLISECOND }, MAX_STEP>).or("10s 1m 5m 30m 2h");
/// The tries that a job gets.
pub(crate) const MAX_ATTEMPTS: Key<u32> = Key::new("max-attempts", number::between::<1, 1000>).or("20");
/// What becomes of the message of a failed job.
pub(crate) const ON_FAILED: Key<OnFailed> = Key::new("on-failed", on_failed).or("ack");
/// How the queue is declared where it is not there.
pub(crate) const TYPE: Key<QueueKind> = Key::new("type", kind).or("classic");

fn on_failed(text: &str) -> Result<OnFailed, Wrong> {
    choice::parse(text, &[("ack", OnFailed::Ack), ("park", OnFailed::Park)])
}

fn kind(text: &str) -> Result<QueueKind, Wrong> {
    choice::parse(text, &[("classic", QueueKind::Classic), ("quorum", QueueKind::Quorum)])
}

/// RabbitMQ counts a message's time to live as milliseconds in 32 bits, which is 49 days.
const MAX_STEP: u64 = 30 * duration::DAY;
