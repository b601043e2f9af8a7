//! Something around a box fails while it works, and the promise is held against what is left: each job ended once, in the way it
//! should, with whole files, and nobody has anything left to do.
//!
//! Each file has one thing that fails.

mod broker_restart;
mod clock_jump;
mod connections_closed;
mod front_end;
mod full_disk;
mod memory_alarm;
mod network;
mod queue_deleted;
