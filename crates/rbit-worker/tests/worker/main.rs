//! A worker between fakes: every port is one, and the folders are real.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod bench;
mod events;
mod leaving;
mod order;
mod orders;
mod straight_line;
