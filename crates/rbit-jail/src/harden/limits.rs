//! Bounds that the operating system keeps.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::{Unfit, step};
use crate::wire::{ChildLimits, Rlimits};

/// Sets them, for good. A core dump would hold what guests were told, and is never written.
pub(crate) fn set(limits: &ChildLimits) -> Result<(), Unfit> {
    lower(Resource::Core, 0).map_err(step("give up core dumps"))?;
    for (resource, bound) in [
        (Resource::Nofile, limits.open_files),
        (Resource::Fsize, limits.file_bytes),
        (Resource::Cpu, limits.cpu_seconds),
        (Resource::Data, limits.memory),
    ] {
        if let Some(bound) = bound {
            lower(resource, bound).map_err(step("set a limit"))?;
        }
    }
    Ok(())
}

/// What counts now, and cannot be raised any more.
pub(crate) fn in_force() -> Rlimits {
    let of = |resource| getrlimit(resource).maximum;
    Rlimits {
        core_bytes: of(Resource::Core),
        open_files: of(Resource::Nofile),
        file_bytes: of(Resource::Fsize),
        cpu_seconds: of(Resource::Cpu),
        memory: of(Resource::Data),
    }
}

/// What is already lower stays so.
fn lower(resource: Resource, bound: u64) -> rustix::io::Result<()> {
    let bound = getrlimit(resource).maximum.map_or(bound, |maximum| maximum.min(bound));
    let limit = Rlimit {
        current: Some(bound),
        maximum: Some(bound),
    };
    setrlimit(resource, limit)
}
