//! From a path to a runner that can be instantiated.
//!
//! The file is looked at when a job starts: as long as it is the same file, what was compiled from it is used again; a job that
//! runs keeps what it began with. Nothing is executed on the way.

mod artifact;
mod cache;
mod command;
mod compiler;
mod debug_info;
mod encode;
mod entry;
mod error;
mod file;
mod function_sizes;
mod kind;
mod loader;
mod store;
mod turns;
mod wanted;

use serde::{Deserialize, Serialize};

pub use artifact::{ArtifactError, Precompiled};
pub use cache::{ComponentCache, Load};
pub use command::NoCommand;
pub use compiler::{Compiled, Compiler};
pub(crate) use entry::{Entrance, Entry};
pub use error::{InvalidComponent, LoadError};
pub use file::ComponentFile;
pub use kind::Kind;
pub use loader::check_pin;
pub(crate) use loader::{Loader, Runner, loaders};
pub use store::{Artifact, ArtifactStore, Staged};
pub use wanted::Wanted;

/// What a component is, without having run it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentInfo {
    /// SHA-256 of the file, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Bytes of the file.
    pub size: u64,
    /// Whether the file is a core module: as a runner, it was made a component on loading; as a command, it is run as it is.
    pub is_core_module: bool,
    /// What the file was taken for.
    #[serde(default)]
    pub kind: Kind,
    /// Names of the interfaces it imports, sorted, such as `wasi:filesystem/types@0.2.6`.
    pub imports: Vec<String>,
}
