//! What a configuration depends on besides its file.

use std::{fmt, path::PathBuf};

use crate::World;

/// What the program knows of the box and of how it was called. The crate itself looks at nothing but the INI file.
#[derive(Clone)]
pub struct Surroundings<'a> {
    /// Answers questions about files and runners.
    pub world: &'a dyn World,
    /// The environment: `RBIT_…` variables and `STATE_DIRECTORY` are looked at.
    pub environment: Vec<(String, String)>,
    /// What flags set; of two for one key, the last counts.
    pub flags: Vec<FlagOverride>,
    /// The number of CPUs: the default of `[rbit] slots`.
    pub cpus: u32,
    /// Bytes of memory that this machine, or what it gives to this process, has: three quarters of it are the default of
    /// `[rbit] guest-memory`.
    pub memory: Option<u64>,
    /// The name of the machine: the default of `[rbit] name`.
    pub host_name: Option<String>,
    /// A folder on a tmpfs: the default of `[rbit] scratch-dir`. Without it, that is the folder `scratch` of `state-dir`.
    pub scratch_dir: Option<PathBuf>,
}

/// A value that a flag sets in place of the file and the environment.
#[derive(Clone)]
pub struct FlagOverride {
    /// The section, without brackets.
    pub section: String,
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
    /// The flag with its dashes, as an error names it.
    pub flag: String,
}

/// Shows no value: the environment and flags may hold secrets.
impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings")
            .field("cpus", &self.cpus)
            .field("memory", &self.memory)
            .field("host_name", &self.host_name)
            .field("scratch_dir", &self.scratch_dir)
            .field("flags", &self.flags)
            .finish_non_exhaustive()
    }
}

/// Shows no value: it may be a secret.
impl fmt::Debug for FlagOverride {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for [{}] {}", self.flag, self.section, self.key)
    }
}
