//! A component, its grants and limits to an outcome.
//!
//! [`Sandbox`] is the executor that runs guests in this process. It owns the engine, the components it has compiled, the store
//! and the thread of each guest, and the translation of every way a guest can end into an [`Ending`](rbit_job::Ending). It
//! leaves to others: making and deleting the folders, collecting files from them, and deciding what follows from the ending.
//!
//! # Borders
//!
//! | from | what is not believed | guarded by |
//! |---|---|---|
//! | a component's file | that it is WebAssembly, small, a runner, and stays the same | `component` |
//! | a running guest | that it ends, needs little, and does what it should | `limit`, `guest` |
//! | its imports | that it keeps to its folders and prints text | `capability` |
//! | what it returns | everything: names of files are passed on as they are, texts cut and escaped | `ending` |
//!
//! # What is deliberately absent
//!
//! - Arguments, environment variables, standard input, sockets, name lookup; answers to HTTP requests without a grant.
//! - Threads, shared and 64-bit memories, garbage collection and asynchronous functions in guests: the engine is built without.
//! - State that outlives a job, but for compiled components. No store, memory or folder is used twice; one that begins before its job
//!   is used once.
//! - An end of the compiler in this process: one that takes too long is not waited for, but goes on; two of them at most. [`Compiler`]
//!   is for processes that can be ended.
//! - A second wall. A guest that breaks out of WebAssembly is in this process: `rbit-jail` makes it one that has nothing.

mod backtrace;
mod bindings;
mod capability;
mod command;
mod component;
mod ending;
mod engine;
mod gate;
mod guest;
mod limit;
mod linker;
mod meters;
mod panic_text;
mod program;
mod ready;
mod sandbox;
mod settings;
mod state;
mod ticker;

pub use capability::http::{
    Authorities, Connection, Dial, HELD_BY_A_HANDLE, NotDialled, Resolver, SystemDial, TrustError,
};
pub use component::{
    Artifact, ArtifactError, ArtifactStore, Compiled, Compiler, ComponentCache, ComponentFile, ComponentInfo,
    InvalidComponent, Kind, Load, LoadError, NoCommand, Precompiled, Staged, Wanted, check_pin,
};
pub use engine::EngineError;
pub use limit::{Place, Room};
pub use program::{Program, find_command, program};
pub use ready::READY_MEMORY;
pub use sandbox::{Sandbox, not_loaded};
pub use settings::{CacheSettings, SandboxSettings};
pub use text::{MAX_REASON, hex, printable};

use rbit_output::text;
