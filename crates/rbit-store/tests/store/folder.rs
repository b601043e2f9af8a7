//! What the tests of this folder share: clocks, and words for opening what they look at.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use rbit_job::{
    QueueName,
    port::{Clock, Delivery, JobSource, Subscription},
};
use rbit_store::{Incarnation, LocalSource, Store};
use tokio::time::timeout;

/// The machine's clock.
pub(crate) struct RealClock;

impl Clock for RealClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that stands still until it is told otherwise.
#[derive(Clone, Default)]
pub(crate) struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

pub(crate) fn queue(name: &str) -> QueueName {
    QueueName::new(name).unwrap()
}

pub(crate) async fn begin(folder: &Path) -> Incarnation {
    Store::open(folder).unwrap().begin(Timestamp::now()).await.unwrap()
}

/// A source of one queue, `q`.
pub(crate) fn source(incarnation: &Incarnation, prefetch: u16, clock: impl Clock + 'static) -> Box<LocalSource> {
    let subscriptions = vec![Subscription {
        queue: queue("q"),
        prefetch,
    }];
    Box::new(LocalSource::open(incarnation, subscriptions, Arc::new(clock)))
}

pub(crate) async fn push(store: &Store, body: &[u8]) -> i64 {
    store.push(&queue("q"), body, None, Timestamp::now()).await.unwrap()
}

/// The next delivery, which must come.
pub(crate) async fn take(source: &mut LocalSource) -> Delivery {
    timeout(DEADLINE, source.next())
        .await
        .expect("no delivery before the deadline")
        .expect("the source ended")
}

/// Generous: it only ends tests that have already failed.
const DEADLINE: Duration = Duration::from_secs(30);
