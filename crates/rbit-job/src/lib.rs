//! The vocabulary of rbit and its ports.
//!
//! Every other crate speaks in these words: a [`JobRequest`] is decoded from a [`port::Delivery`], becomes a [`Plan`], is run by
//! a [`port::Executor`] to an [`Outcome`], and [`judge`](verdict::judge) turns that into the [`Status`] for PyBit and the
//! [`Disposition`] for the broker.
//!
//! The crate owns types and pure decisions. It does no I/O, starts no task and reads no clock: adapters do, behind the traits of
//! [`port`].

pub mod artifact;
pub mod attempt;
pub mod backoff;
pub mod chance;
pub mod command;
pub mod command_line;
pub mod digest;
pub mod disposition;
mod error_chain;
pub mod event;
pub mod exit_code;
pub mod guest_path;
pub mod health;
pub mod http;
pub mod id;
pub mod kind;
pub mod limits;
pub mod outcome;
pub mod plan;
pub mod port;
pub mod python_call;
pub mod record;
pub mod request;
pub mod runner;
pub mod standing;
pub mod status;
pub mod template;
pub mod usage;
pub mod verdict;

pub use artifact::Artifact;
pub use attempt::Attempt;
pub use chance::{Chance, GuestClock, GuestRandom};
pub use command::{BoxCommand, Cancellation};
pub use command_line::CommandLine;
pub use digest::Digest;
pub use disposition::Disposition;
pub use error_chain::error_chain;
pub use guest_path::{GuestPath, InvalidGuestPath};
pub use id::{BoxName, InvalidName, JobId, JobKey, QueueName, RunnerName};
pub use kind::OutcomeKind;
pub use limits::Limits;
pub use outcome::{Ending, Outcome, Reason};
pub use plan::{BuildRequest, Plan};
pub use python_call::PythonCall;
pub use record::{JobRecord, JobState};
pub use request::{DecodeError, JobRequest, Transport};
pub use runner::{Mount, Processor, Runner};
pub use standing::Standing;
pub use status::Status;
pub use usage::{Amount, Share, Usage};
pub use verdict::{OnFailed, QueuePolicy, Verdict};
