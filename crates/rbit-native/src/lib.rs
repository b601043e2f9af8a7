//! Programs of the machine, for what does not exist as WebAssembly: `native!`, off unless the operator says otherwise.
//!
//! [`NativeExecutor`] runs each job's program under bubblewrap, in namespaces of its own: it sees the system's programs and libraries,
//! the runner's mounts, `/work` and `/output`; no network, no other process, no file of the box. What a program of the machine may ask
//! the kernel is not narrowed any further. That is why it is an operator's choice: docs/native.md says what stands between such a program
//! and the machine, and what does not.
//!
//! # Parts
//!
//! | module | what it is |
//! |---|---|
//! | `arguments` | the command line of bubblewrap: a pure function |
//! | `view` | what of the machine a program sees |
//! | `identity` | who it is for the kernel |
//! | `bubblewrap` | the tools that are needed, and whether they work here |
//! | `program` | which file a command is, and its digest |
//! | `status` | what bubblewrap says while it runs |
//! | `supervisor` | one job: started, watched, ended |
//! | `processes`, `disk` | what it uses, measured from outside |
//! | `group_bounds` | what the kernel bounds around all of it, where the box has a control group to divide |
//! | `ending` | what its end is called: a pure function |
//!
//! # How a job ends
//!
//! With the death of the first process of its namespace of processes. The kernel ends all others with it before it says so; nothing can
//! leave that namespace, ignore that signal or outlive it. It dies when its program ends, a limit is passed, somebody asks for it, or the
//! thread that started it is gone.
//!
//! # What is deliberately absent
//!
//! - Trust in what a program leaves behind: its folders are collected and removed as those of every guest.
//! - Limits that the kernel cannot hold for a group of processes: the sums of memory, processor time and disk are measured, many times
//!   in a second, and a job that passes one is ended. What one process may have is held by the kernel.

mod arguments;
mod bubblewrap;
mod disk;
mod ending;
mod executor;
mod group_bounds;
mod identity;
mod processes;
mod program;
mod status;
mod supervisor;
mod view;

pub use bubblewrap::{Bubblewrap, Unavailable};
pub use executor::NativeExecutor;
pub use program::NoProgram;
