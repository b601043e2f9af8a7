//! The parent's side: children are started, kept, watched and ended.
//!
//! A child has a thread of the parent that starts it, reads what it says, and stays until it has ended: the child is killed by the
//! system when that thread ends, and so with the whole parent, however it dies. Whatever a child says or leaves unsaid, that thread is
//! the only one that waits for it, and no job waits for another job's log.

mod accept;
mod bounds;
mod children;
mod dials;
mod ear;
mod handle;
mod health;
mod hold;
mod job_log;
mod link;
mod on_the_way;
mod process;
mod spawn;
mod watch;

pub(crate) use bounds::{Bounds, Needs};
pub(crate) use children::{Children, Profile};
pub(crate) use handle::JobHandle;
pub(crate) use link::{NotTaken, Work};
pub(crate) use process::Death;
pub use spawn::StartError;
pub(crate) use spawn::{Newborn, spawn};
