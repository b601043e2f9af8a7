//! What becomes of the message of a job.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Attempt, Reason};

/// What a job source is told to do with a delivery. Carrying it out is called settling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Disposition {
    /// Finished with: the source forgets it.
    Ack,
    /// Hand it out again, not before `delay` has passed, as `attempt`.
    Retry {
        /// How long nobody shall see it.
        delay: Duration,
        /// The number the next delivery carries.
        attempt: Attempt,
    },
    /// Put it aside for a person, with the reason.
    Park {
        /// The stable word.
        reason: Reason,
        /// What happened, for people; the source cuts it to what a header can carry.
        text: String,
    },
    /// Leave it unsettled: it belongs to whoever the source hands it to next.
    Leave,
}
