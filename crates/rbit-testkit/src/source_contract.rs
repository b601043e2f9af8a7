//! The promises of [`JobSource`], checked on whatever implements it.
//!
//! An adapter writes a [`SourceHarness`] and calls [`source_contract!`](crate::source_contract!) in one of its own test files;
//! every promise becomes a test of its own there. The suite owns the promises; how a queue comes to exist, and how it is tidied
//! up, is the harness's business.

mod leaving;
mod settling;
mod steps;
mod taking;

use async_trait::async_trait;
use rbit_job::{
    Attempt, QueueName,
    port::{JobSource, Subscription},
};

pub use leaving::{
    a_closed_source_gives_back_what_was_unsettled, a_dropped_delivery_is_handed_out_again,
    a_left_delivery_is_handed_out_again, a_stopped_source_hands_out_nothing_more,
    what_was_handed_out_before_a_stop_can_still_be_settled,
};
pub use settling::{
    a_message_that_keeps_being_retried_is_no_hot_loop, a_parked_message_is_kept_with_its_reason,
    a_parked_message_leaves_its_queue, a_retried_message_comes_back_after_its_delay,
    a_retried_message_does_not_hold_up_those_behind_it, a_retry_survives_a_reopening,
    a_text_of_any_length_can_be_parked, an_acknowledged_message_never_comes_back,
};
pub use taking::{
    a_dropped_next_loses_nothing, a_full_queue_does_not_hold_up_another, a_message_published_later_is_waited_for,
    a_message_that_was_fetched_but_not_handed_out_counts_as_waiting, any_bytes_arrive_whole,
    messages_come_in_the_order_of_their_publishing, no_more_than_the_prefetch_is_handed_out_unsettled,
    what_waits_is_counted_with_retries_and_without_what_is_with_us,
};

/// What the suite needs of an adapter under test. Every test gets a harness of its own; queue names are unique, so that several
/// harnesses may share one broker.
#[async_trait]
pub trait SourceHarness: Send + Sync {
    /// Puts a message into a queue as a producer does, making the queue first if need be. When it returns, the message is stored.
    async fn publish(&self, queue: &QueueName, body: &[u8], message_id: Option<&str>) -> anyhow::Result<()>;

    /// Opens a source on these queues, making them first if need be. At most one source of a harness is open at a time.
    async fn open(&self, subscriptions: Vec<Subscription>) -> anyhow::Result<Box<dyn JobSource>>;

    /// The messages of a queue that were put aside, the oldest first.
    async fn parked(&self, queue: &QueueName) -> anyhow::Result<Vec<Parked>>;
}

/// A message that was put aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    /// The queue it was taken from.
    pub queue: QueueName,
    /// Its bytes.
    pub body: Vec<u8>,
    /// The producer's id.
    pub message_id: Option<String>,
    /// The attempt at which it was put aside.
    pub attempt: Attempt,
    /// The stable word.
    pub reason: String,
    /// What happened, for people.
    pub text: String,
}

/// Makes a test of each promise. The expression gives the harness of one test; it may await and use `?`.
///
/// ```text
/// rbit_testkit::source_contract!(Harness::new().await?);
/// ```
#[macro_export]
macro_rules! source_contract {
    ($harness:expr) => {
        $crate::source_contract! {
            $harness;
            messages_come_in_the_order_of_their_publishing,
            any_bytes_arrive_whole,
            a_message_published_later_is_waited_for,
            a_dropped_next_loses_nothing,
            no_more_than_the_prefetch_is_handed_out_unsettled,
            a_full_queue_does_not_hold_up_another,
            what_waits_is_counted_with_retries_and_without_what_is_with_us,
            a_message_that_was_fetched_but_not_handed_out_counts_as_waiting,
            an_acknowledged_message_never_comes_back,
            a_retried_message_comes_back_after_its_delay,
            a_retried_message_does_not_hold_up_those_behind_it,
            a_message_that_keeps_being_retried_is_no_hot_loop,
            a_retry_survives_a_reopening,
            a_parked_message_is_kept_with_its_reason,
            a_parked_message_leaves_its_queue,
            a_text_of_any_length_can_be_parked,
            a_dropped_delivery_is_handed_out_again,
            a_left_delivery_is_handed_out_again,
            a_closed_source_gives_back_what_was_unsettled,
            a_stopped_source_hands_out_nothing_more,
            what_was_handed_out_before_a_stop_can_still_be_settled,
        }
    };
    ($harness:expr; $($promise:ident),+ $(,)?) => {$(
        #[tokio::test]
        async fn $promise() -> anyhow::Result<()> {
            let harness = $harness;
            $crate::source_contract::$promise(&harness).await
        }
    )+};
}

#[cfg(test)]
mod tests {
    const LIST: &str = include_str!("source_contract.rs");
    const PROMISES: [&str; 3] = [
        include_str!("source_contract/leaving.rs"),
        include_str!("source_contract/settling.rs"),
        include_str!("source_contract/taking.rs"),
    ];

    #[test]
    fn every_promise_becomes_a_test() {
        let names = PROMISES.iter().flat_map(|file| file.split("pub async fn ").skip(1));
        let names: Vec<_> = names.filter_map(|from| from.split('(').next()).collect();
        assert!(names.len() > 10, "found no promises");
        for name in names {
            assert!(
                LIST.contains(&format!("            {name},\n")),
                "`{name}` is missing in `source_contract!`"
            );
        }
    }
}
