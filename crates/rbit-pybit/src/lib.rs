//! Tells PyBit a job's status, asks it for one, and submits packages to it.
//!
//! [`PybitReporter`] is the adapter behind [`rbit_job::port::Reporter`]. It owns the connection to the front-end: which host is
//! talked to, how long, and what its answers mean. When a status is told and how often a report is tried again is left to
//! `rbit-worker`.
//!
//! Two things arrive from outside and are not believed: the address that a message gives as `web_host`, which only selects one
//! of the configured front-ends, and the front-end's replies, which are bounded in size and time. Credentials go to configured
//! front-ends only, and no redirect or proxy takes them elsewhere.

mod ask;
mod connection;
mod front_end;
mod host;
mod reporter;
mod settings;
mod submit;
mod tell;
mod tls;

pub use reporter::PybitReporter;
pub use settings::{Credentials, PybitSettings, SettingsError};
pub use submit::{Submission, SubmitError};
