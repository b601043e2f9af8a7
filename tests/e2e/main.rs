//! The program as its users run it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that cannot go on has failed"
)]

mod broker;
mod broker_check;
mod byte_cuts;
mod cancel;
mod cases;
mod chaos;
mod cli;
mod commands;
mod connexions;
mod crash;
mod drain;
mod events;
mod exec;
mod faults;
mod guests;
mod health;
mod jobs;
mod local;
mod native;
mod neighbours;
mod parked;
mod push;
mod python;
mod rbit_box;
mod rbit_program;
mod scene;
mod secrets;
mod timeouts;
mod trial;
