//! What a guest says, made fit for the log and for reasons.
//!
//! [`GuestOutput`] takes what a guest prints, whoever runs it, and hands it on as lines: within the limits `log`, `log-line` and
//! `log-rate`, without secrets, and with nothing in them that a terminal would obey. It keeps the last words for the reason of a failure.
//! [`text`] does the same for single texts.
//!
//! It starts no thread and reads no stream: executors do.

mod guest_output;
pub mod text;

pub use guest_output::GuestOutput;
