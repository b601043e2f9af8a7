//! The straight line of a job: from a delivery to its settlement.
//!
//! [`Worker::run`] takes deliveries from a [`JobSource`](rbit_job::port::JobSource) and hands each to the function in
//! `process.rs`, which reads as the list of steps that every job goes through. The crate owns that order, how many jobs run at
//! once, the folders of a job, the way out of the sandbox for its files, and what happens when the box leaves.
//!
//! What a message means, what an outcome leads to, and what a plan is are decided in `rbit-job`. How messages, guests, journal and
//! front-end are reached is the business of the adapters behind `rbit_job::port`: this crate knows none of them.

mod admit;
mod announce;
mod appearing;
mod beside;
mod carry_out;
mod caught;
mod clock;
mod close;
mod collect;
mod copying;
mod deliver;
mod destination;
mod events;
mod farewell;
mod guest_log;
mod in_flight;
mod lane;
mod obey;
mod outbox;
mod output_list;
mod output_name;
mod parts;
mod perform;
mod process;
mod removal;
mod report;
mod running;
mod scratch;
mod settle;
mod shutdown;
mod take_up;
mod taken;
mod tellings;
mod turns;
mod vacancy;
mod worker;
mod workspace;

pub use carry_out::{Performed, Workbench, perform_alone};
pub use clock::SystemClock;
pub use lane::Lane;
pub use output_name::{InvalidOutputName, OutputName};
pub use parts::Parts;
pub use scratch::{ScratchError, ScratchRoot, is_private_or_absent};
pub use shutdown::{Phase, Shutdown, ShutdownWatch};
pub use worker::{RunError, Until, Worker};
