//! Jobs that no box runs: what `rbit exec` and `rbit test` have in common.
//!
//! The runner comes from an INI file, or from what stands in for one, and is resolved by the same code as a box's. The steps of the
//! job are `rbit-worker`'s, and what runs the guest is what `rbit run` would have made for these settings.

mod cache;
mod interrupt;
mod job;
mod present;
mod recording;
mod setup;

pub(crate) use cache::Cache;
pub(crate) use interrupt::Interrupt;
pub(crate) use job::{Bench, Ran, plan};
pub(crate) use recording::Recording;
pub(crate) use setup::{Base, Setup};
