//! Step 11: the message is let go. The last thing that can fail.

use std::time::Duration;

use rbit_fail_point::{FailPoint, passed};
use rbit_job::{Disposition, port::Delivery};
use tracing::{info, warn};

use crate::take_up::Arrival;

/// Settles a delivery. When that fails the message comes again, and the journal knows how its job ended: nothing is lost, and
/// nothing more can be done here.
pub(crate) async fn settle(delivery: Option<Delivery>, disposition: &Disposition) {
    let Some(delivery) = delivery else { return };
    if let Err(error) = delivery.settle(disposition).await {
        warn!(
            error = &error as &dyn std::error::Error,
            ?disposition,
            "message not settled: it will come again"
        );
    }
    passed(FailPoint::Settled);
}

/// Puts off a message whose twin runs at this moment.
pub(crate) async fn later(delivery: Delivery, arrival: &Arrival, delay: Duration) {
    info!("an equal message is being worked on: this one waits");
    settle(
        Some(delivery),
        &Disposition::Retry {
            delay,
            attempt: arrival.attempt,
        },
    )
    .await;
}
