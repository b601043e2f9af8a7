//! Processes with guests: what is true of every executor, and what of processes alone.

#![expect(clippy::unwrap_used, reason = "what the tests share panics as they do")]

mod bed;
mod begun;
mod compiling;
mod full_store;
mod hostile_child;
mod replaced;
mod second_wall;
mod subject;
#[path = "../../../rbit-sandbox/tests/sandbox/suite.rs"]
mod suite;
