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
pub(crate) use parked::parked;
pub use parked::{MAX_PARKED_TEXT, ParkedMessage};
pub use source::LocalSource;
