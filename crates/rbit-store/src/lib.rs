//! SQLite in the state folder: the journal, the outbox and the local job source.
//!
//! One file, `rbit.sqlite3`, holds what must survive this process: which jobs were taken up and how they ended
//! ([`Journal`](rbit_job::port::Journal)), what PyBit has yet to be told, and, on a box without a broker, the messages themselves
//! ([`LocalSource`]). Orders of other processes to the one that works come this way too ([`StoreCommands`]).
//!
//! Any number of processes may have the [`Store`] open, to push messages or to look. One at a time may work: it holds the folder
//! as an [`Incarnation`], and whatever an earlier one left unfinished is free again. No other crate names `rusqlite`.

mod commands;
mod database;
mod error;
mod events;
mod incarnation;
mod journal;
mod local;
mod lock;
mod open;
mod outbox;
mod schema;
mod store;
mod value;
mod wake;

pub use commands::StoreCommands;
pub use error::{BeginError, DatabaseError, OpenError, PushError};
pub use incarnation::Incarnation;
pub use journal::{GivenUp, InvalidSelector, JobFilter, JobHistory, JobSelector, PastAttempt, UnsentReport};
pub use local::{LocalSource, MAX_BODY, MAX_MESSAGE_ID, MAX_PARKED_TEXT, ParkedMessage};
pub use lock::{holder, is_in_use};
pub use open::FILE_NAME;
pub use store::Store;
