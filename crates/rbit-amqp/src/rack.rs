//! Deliveries that have come and wait for a slot.
//!
//! Each queue is sent ahead to us, up to its own limit, for a message that is here starts at once. But a box has fewer slots than all its
//! queues together may send, and what waits here cannot be run by a box that has nothing to do. So a message that has waited for
//! [`PATIENCE`] ends that: what waits is given back, and from then on messages are fetched one by one, each when there is a slot for it,
//! until no queue has any.
//!
//! Giving back is dear, for a quorum queue counts how often a message was handed out, and drops it beyond its limit. So it is not done
//! again and again: a message is given back at most once between two moments at which all queues were found empty.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rbit_job::{
    JobKey, QueueName,
    port::{Delivery, Subscription},
};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep_until},
};

/// The deliveries that wait, and how more of them come.
pub(crate) struct Rack {
    /// How many unsettled deliveries of each queue may be handed out.
    limits: HashMap<QueueName, usize>,
    table: Mutex<Table>,
    /// For the one who takes deliveries: something came, or there is room again.
    changed: Arc<Notify>,
    /// For the one who watches how long they wait.
    came: Notify,
    state: watch::Sender<State>,
}

/// How messages come from the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Supply {
    /// It sends them ahead.
    Ahead,
    /// We fetch each when there is a slot for it.
    OneByOne,
}

/// What is known of a message that is with us, for as long as it is: shared with its settlement.
#[derive(Debug)]
pub(crate) struct Tag {
    queue: QueueName,
    key: JobKey,
    is_given_back: AtomicBool,
    changed: Arc<Notify>,
}

#[derive(Default)]
struct Table {
    waiting: VecDeque<Waiting>,
    handed_out: Vec<Weak<Tag>>,
}

struct Waiting {
    delivery: Delivery,
    tag: Weak<Tag>,
    since: Instant,
}

#[derive(Clone, Copy, Debug)]
struct State {
    supply: Supply,
    /// A slot is free, and nothing that waits here may have it.
    is_wanted: bool,
    is_closed: bool,
}

impl Rack {
    pub(crate) fn new<'a>(subscriptions: impl IntoIterator<Item = &'a Subscription>) -> Self {
        let limit =
            |subscription: &Subscription| (subscription.queue.clone(), usize::from(subscription.prefetch.max(1)));
        Self {
            limits: subscriptions.into_iter().map(limit).collect(),
            table: Mutex::default(),
            changed: Arc::default(),
            came: Notify::new(),
            state: watch::Sender::new(State {
                supply: Supply::Ahead,
                is_wanted: false,
                is_closed: false,
            }),
        }
    }

    /// A tag for a message that has come.
    pub(crate) fn tag(&self, queue: &QueueName, key: JobKey) -> Arc<Tag> {
        Arc::new(Tag {
            queue: queue.clone(),
            key,
            is_given_back: AtomicBool::new(false),
            changed: Arc::clone(&self.changed),
        })
    }

    /// Takes in a delivery that has come. Nothing waits in a rack that is closed.
    pub(crate) fn put(&self, delivery: Delivery, tag: &Arc<Tag>) {
        if self.state.borrow().is_closed {
            return;
        }
        let (tag, since) = (Arc::downgrade(tag), Instant::now());
        self.table().waiting.push_back(Waiting { delivery, tag, since });
        self.set(|state| state.is_wanted = false);
        self.came.notify_one();
        self.changed.notify_one();
    }

    /// The next delivery whose queue may have another job run; waits for it. `None` when the rack is closed. Cancel safe.
    pub(crate) async fn next(&self) -> Option<Delivery> {
        let _wanting = Wanting(self);
        loop {
            if let Some(delivery) = self.take() {
                return Some(delivery);
            }
            if self.state.borrow().is_closed {
                return None;
            }
            self.set(|state| state.is_wanted = true);
            self.changed.notified().await;
        }
    }

    fn take(&self) -> Option<Delivery> {
        let mut table = self.table();
        table.forget_the_dead();
        let is_next =
            |waiting: &Waiting| table.is_in_hand(waiting) || !self.is_at_limit(&table, &waiting.delivery.queue);
        let place = table.waiting.iter().position(is_next)?;
        let Waiting { delivery, tag, .. } = table.waiting.remove(place)?;
        table.handed_out.push(tag);
        Some(delivery)
    }

    /// Waits until the first of them has waited too long.
    pub(crate) async fn overdue(&self) {
        loop {
            let oldest = self.table().oldest();
            match oldest.map(|since| since + PATIENCE) {
                Some(due) if due <= Instant::now() => return,
                Some(due) => tokio::select! {
                    () = sleep_until(due) => {}
                    () = self.came.notified() => {}
                },
                None => self.came.notified().await,
            }
        }
    }

    /// Gives what waits of a queue back to it, at once; but not the message of a job that runs here, which has lost its own delivery.
    pub(crate) fn give_back(&self, queue: &QueueName) {
        let mut table = self.table();
        let (back, stay) = table
            .take_waiting()
            .partition(|waiting| waiting.delivery.queue == *queue && !table.is_in_hand(waiting));
        table.waiting = stay;
        drop(table);
        let back: VecDeque<Waiting> = back;
        for tag in back.iter().filter_map(|waiting| waiting.tag.upgrade()) {
            tag.is_given_back.store(true, Ordering::Relaxed);
        }
    }

    /// Whether as many jobs of a queue are here as may be.
    pub(crate) fn is_full(&self, queue: &QueueName) -> bool {
        self.is_at_limit(&self.table(), queue)
    }

    /// Whether any queue is.
    pub(crate) fn is_any_full(&self) -> bool {
        self.limits.keys().any(|queue| self.is_full(queue))
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.table().waiting.len()
    }

    pub(crate) fn supply(&self, supply: Supply) {
        self.set(|state| state.supply = supply);
    }

    /// Waits until messages come in this way.
    pub(crate) async fn is_supplied(&self, supply: Supply) {
        self.wait_for(|state| state.supply == supply).await;
    }

    /// Waits until there is a slot for a message that is not here.
    pub(crate) async fn is_wanted(&self) {
        self.wait_for(|state| state.is_wanted).await;
    }

    /// Lets go of what waits. Nothing comes any more.
    pub(crate) fn close(&self) {
        self.set(|state| state.is_closed = true);
        let waiting = std::mem::take(&mut self.table().waiting);
        drop(waiting);
        self.changed.notify_one();
    }

    /// Waits until it is closed.
    pub(crate) async fn is_closed(&self) {
        self.wait_for(|state| state.is_closed).await;
    }

    async fn wait_for(&self, holds: impl FnMut(&State) -> bool) {
        // The sender is ours, so the channel cannot close.
        let _ = self.state.subscribe().wait_for(holds).await;
    }

    fn set(&self, change: impl FnOnce(&mut State)) {
        self.state.send_modify(change);
    }

    fn is_at_limit(&self, table: &Table, queue: &QueueName) -> bool {
        let limit = self.limits.get(queue).copied().unwrap_or(usize::MAX);
        table.in_hand().filter(|tag| tag.queue == *queue).count() >= limit
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Deliveries of lost channels come again, and settled ones are nobody's.
    fn forget_the_dead(&mut self) {
        self.waiting.retain(|waiting| waiting.delivery.is_live());
        self.handed_out.retain(|tag| tag.strong_count() > 0);
    }

    /// Since when the first waits of those that other boxes could run.
    fn oldest(&mut self) -> Option<Instant> {
        self.forget_the_dead();
        let mut others = self.waiting.iter().filter(|waiting| !self.is_in_hand(waiting));
        others.next().map(|waiting| waiting.since)
    }

    fn take_waiting(&mut self) -> impl Iterator<Item = Waiting> + use<> {
        std::mem::take(&mut self.waiting).into_iter()
    }

    fn in_hand(&self) -> impl Iterator<Item = Arc<Tag>> + '_ {
        self.handed_out.iter().filter_map(Weak::upgrade)
    }

    /// Whether its job runs here already.
    fn is_in_hand(&self, waiting: &Waiting) -> bool {
        let Some(tag) = waiting.tag.upgrade() else { return false };
        self.in_hand().any(|held| held.key == tag.key)
    }
}

impl Tag {
    /// Whether the message goes back only because there is no slot for it.
    pub(crate) fn is_given_back(&self) -> bool {
        self.is_given_back.load(Ordering::Relaxed)
    }
}

/// There may be room in its queue now.
impl Drop for Tag {
    fn drop(&mut self) {
        self.changed.notify_one();
    }
}

/// Somebody waits for a delivery. When that ends, nothing is wanted.
struct Wanting<'a>(&'a Rack);

impl Drop for Wanting<'_> {
    fn drop(&mut self) {
        self.0.set(|state| state.is_wanted = false);
    }
}

/// Long enough that a box with short jobs only never sees it.
const PATIENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests;
