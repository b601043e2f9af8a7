//! The sandbox from outside: guests written as text, each with one behaviour, and what an execution says of them.
//!
//! `rbit-jail` runs the same suite over processes.

#![expect(clippy::unwrap_used, reason = "what the tests share panics as they do")]

mod begun;
mod kept;
mod subject;
// By its path, so that its modules are beside it for whoever includes it.
#[path = "suite.rs"]
mod suite;
