//! The local queues: tables instead of a broker.

mod fetch;
mod hold;
mod message;
mod parked;
mod settlement;
mod source;

pub(crate) use hold::free_all;
pub(crate) use message::NewMessage;
pub use message::{MAX_BODY, MAX_MESSAGE_ID};
pub use parked::{MAX_PARKED_TEXT, ParkedMessage};
pub(crate) use parked::{delete, parked, requeue};
pub use source::LocalSource;
