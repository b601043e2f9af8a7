//! Guests in processes of their own that have given up what they do not need: the second wall.
//!
//! [`ProcessExecutor`] runs each runner's guests in a child: the same program, started again with [`ARGUMENT`] alone, no environment
//! and no open file but a socket to its parent. In it the same [`Sandbox`](rbit_sandbox::Sandbox) runs the guests. Whoever breaks out
//! of WebAssembly finds a process that can read the folders of that one runner's jobs, and do nothing else. The order in which it gives
//! things up is below.
//!
//! # Parts
//!
//! | module | what it is |
//! |---|---|
//! | [`wire`] | what parent and child say to each other; hostile for the parent |
//! | `harden` | what a child gives up |
//! | `group_bounds` | what the kernel bounds around each child, where the box has a control group to divide |
//! | `child` | the child: [`enter`] is what `main` calls first |
//! | `component` | from a component's file to an artifact: compiled in a child of its own, kept in a folder that only this user has |
//! | `tmpfs` | a file system of a size of its own for the folders of jobs |
//! | `parent` | children: started, kept warm, watched, ended, started again |
//!
//! # Order
//!
//! Inherited files, signals, limits; then the engine and the component, which need the kernel's files; then landlock, while there is
//! one thread; then the threads; then the filter of system calls, in all of them; a self-test; and `Hello`, which says what is in
//! force. A parent that hears less than it wants starts no job.
//!
//! # What is deliberately absent
//!
//! - Credentials, configuration, log and network in a child. It gets plans, one at a time, with the settings of its runner. Requests of
//!   guests with `allow-http` go over connections that the parent makes, one for each, after it has decided where they may go.
//! - A compiler in a child that runs guests, and guests in one that compiles.
//! - Trust in what a child says: names are names, texts are escaped again, numbers of usage are the child's word.
//! - Protection of two jobs of one runner from each other once one of them broke out: they share a child.

mod child;
mod component;
mod executor;
mod group_bounds;
mod handed;
mod harden;
mod look;
mod parent;
mod settings;
mod tmpfs;
pub mod wire;

pub use child::enter;
pub use executor::{ExecutorError, ProcessExecutor};
#[cfg(debug_assertions)]
pub use look::probe;
pub use look::{Missing, group_bounds, look, user_namespaces};
pub use parent::StartError;
pub use settings::JailSettings;
pub use tmpfs::{Tmpfs, TmpfsSize, sweep as sweep_tmpfs};

/// The first and only argument of a child.
pub const ARGUMENT: &str = "__child";
