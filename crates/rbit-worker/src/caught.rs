//! Panics in the steps of a job become host faults.
//!
//! A panic is a bug of rbit. Its job is tried again after the pauses of its queue, and given up and parked when no attempt is left: a
//! message that always ends so must not come back for ever.

use std::{
    any::Any,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
};

use rbit_job::Ending;
use tracing::error;

/// Does a step; a panic in it is its ending.
///
/// What the step shares with others is kept whole by whoever shares it: no lock here is left alone for being poisoned.
pub(crate) async fn caught<T>(step: impl Future<Output = T>) -> Result<T, Ending> {
    let mut step = pin!(step);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| step.as_mut().poll(context)));
        polled.map_or_else(|panic| Err(ending(&*panic)).into(), |poll| poll.map(Ok))
    })
    .await
}

fn ending(panic: &(dyn Any + Send)) -> Ending {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    let text = format!("rbit panicked: {}", said.unwrap_or("no text"));
    error!(text, "a step of a job panicked: this is a bug of rbit");
    Ending::HostFault(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_host_fault_that_tells_what_was_said() {
        let table: [(fn(), _); 3] = [
            (|| panic!("as the test wants"), "as the test wants"),
            (|| panic!("at {}", 7), "at 7"),
            (|| std::panic::panic_any(7), "no text"),
        ];
        for (step, said) in table {
            let caught = caught(async {
                tokio::task::yield_now().await;
                step();
            });
            assert_eq!(caught.await, Err(Ending::HostFault(format!("rbit panicked: {said}"))));
        }
    }

    #[tokio::test]
    async fn a_step_without_a_panic_gives_what_it_gives() {
        assert_eq!(caught(async { 7 }).await, Ok(7));
    }
}
