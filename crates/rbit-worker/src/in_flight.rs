//! Deliveries whose jobs run at this moment.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use rbit_job::{JobKey, port::Delivery};

/// The deliveries in hand, by job.
///
/// When a connection is lost while a job runs, the broker hands its message out again. That delivery is adopted: the running job
/// settles it at its end, and is not started twice.
#[derive(Clone, Debug, Default)]
pub(crate) struct InFlight(Arc<Mutex<HashMap<JobKey, Delivery>>>);

/// What became of a delivery that was offered to [`InFlight::hold`].
#[derive(Debug)]
pub(crate) enum Hold {
    /// Its job may be started.
    Started(Held),
    /// Its job runs already, and has lost its own delivery: this one takes that one's place.
    Adopted,
    /// Its job runs already and can settle its own message: this is another message with the same content.
    Twin(Delivery),
}

impl InFlight {
    /// Takes the delivery of a job in hand.
    pub(crate) fn hold(&self, key: &JobKey, delivery: Delivery) -> Hold {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match table.get_mut(key) {
            Some(held) if held.is_live() => Hold::Twin(delivery),
            Some(held) => {
                *held = delivery;
                Hold::Adopted
            }
            None => {
                table.insert(key.clone(), delivery);
                Hold::Started(Held {
                    key: key.clone(),
                    table: self.clone(),
                })
            }
        }
    }

    fn take(&self, key: &JobKey) -> Option<Delivery> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key)
    }
}

/// The right to settle the delivery of a job. Dropped without that, it lets go of the delivery, which is then handed out again.
#[derive(Debug)]
pub(crate) struct Held {
    key: JobKey,
    table: InFlight,
}

impl Held {
    /// The delivery to settle: the one the job started with, or the last that it adopted.
    pub(crate) fn into_delivery(self) -> Option<Delivery> {
        self.table.take(&self.key)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.table.take(&self.key));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use async_trait::async_trait;
    use rbit_job::{
        Disposition, QueueName,
        port::{Settle, SettleError},
    };

    use super::*;

    struct Channel(Arc<AtomicBool>);

    #[async_trait]
    impl Settle for Channel {
        async fn settle(self: Box<Self>, _: &Disposition) -> Result<(), SettleError> {
            if self.is_live() {
                Ok(())
            } else {
                Err(SettleError::Stale)
            }
        }
        fn is_live(&self) -> bool {
            self.0.load(Ordering::SeqCst)
        }
    }

    fn delivery(is_live: &Arc<AtomicBool>) -> Delivery {
        let queue = QueueName::new("q").unwrap();
        Delivery::new(queue, b"body".to_vec(), Box::new(Channel(Arc::clone(is_live))))
    }

    fn key() -> JobKey {
        JobKey::of(&QueueName::new("q").unwrap(), None, b"body")
    }

    #[tokio::test]
    async fn a_message_that_comes_back_while_its_job_runs_is_settled_by_that_job() {
        let (first, second) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(true)));
        let in_flight = InFlight::default();
        let Hold::Started(held) = in_flight.hold(&key(), delivery(&first)) else {
            panic!("not started")
        };
        first.store(false, Ordering::SeqCst);
        assert!(matches!(in_flight.hold(&key(), delivery(&second)), Hold::Adopted));
        let settled = held.into_delivery().unwrap().settle(&Disposition::Ack).await;
        assert!(settled.is_ok(), "{settled:?}");
    }

    #[test]
    fn an_equal_message_beside_a_running_job_is_a_job_of_its_own() {
        let live = Arc::new(AtomicBool::new(true));
        let in_flight = InFlight::default();
        let held = in_flight.hold(&key(), delivery(&live));
        assert!(matches!(in_flight.hold(&key(), delivery(&live)), Hold::Twin(_)));
        drop(held);
        assert!(matches!(in_flight.hold(&key(), delivery(&live)), Hold::Started(_)));
    }
}
