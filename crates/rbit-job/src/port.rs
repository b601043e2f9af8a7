//! The ports: what the worker needs from the outside, as traits that adapters implement.
//!
//! | port | question it answers | adapters |
//! |---|---|---|
//! | [`JobSource`], [`Settle`] | which job is next, and what becomes of its message | `rbit-amqp`, `rbit-store` |
//! | [`CommandSource`] | what is the box told to do | `rbit-amqp`, `rbit-store` |
//! | [`Executor`] | what does the guest do with it | `rbit-sandbox`, `rbit-jail`, `rbit-native` |
//! | [`Journal`] | what does this box know of it | `rbit-store` |
//! | [`Reporter`] | what does the front-end say of it, and how is it told | `rbit-pybit` |
//! | [`EventSink`] | who else is told of it | `rbit-amqp` |
//! | [`Clock`], [`GuestLog`] | what time is it; where does guest output go | `rbit-worker` |

mod clock;
mod commands;
mod events;
mod executor;
mod journal;
mod reporter;
mod source;

pub use clock::Clock;
pub use commands::CommandSource;
pub use events::{EventError, EventSink};
pub use executor::{Execution, Executor, Folders, GuestLog, GuestStream, StopCause, StopSignal};
pub use journal::{
    CancelNoted, Claim, Claimed, Finish, Journal, JournalError, LONGEST_REPORT_WAIT, PendingEvent, PendingReport,
};
pub use reporter::{Report, ReportError, Reporter, SilentReporter};
pub use source::{Delivery, JobSource, Settle, SettleError, SourceError, Subscription};
