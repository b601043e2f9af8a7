//! The program as its users run it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod broker;
mod cli;
mod guests;
mod local;
mod rbit_box;
mod rbit_program;
mod scene;
