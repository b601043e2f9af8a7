//! Files, network and other processes: landlock.

use std::path::Path;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, LandlockStatus, PathBeneath, PathFd,
    Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope,
};

use super::{Unfit, step};
use crate::wire::Landlock;

/// A folder, and whether what is in it may be changed.
pub(crate) enum Grant<'a> {
    /// Jobs' own.
    Write(&'a Path),
    /// An input.
    Read(&'a Path),
}

/// Takes everything away but what is granted. It counts for this thread and those that it starts, so there must be no other.
///
/// An older kernel knows less to take away; what it knows is in the result.
pub(crate) fn restrict(grants: &[Grant<'_>]) -> Result<Landlock, Unfit> {
    let folders = open(grants).map_err(step("open the folders that are left"))?;
    let status = enforce(folders).map_err(step("give up files and network"))?;
    let abi = match status.landlock {
        LandlockStatus::Available { effective_abi, .. } => effective_abi as u8,
        _ => 0,
    };
    let is_enforced = status.ruleset != RulesetStatus::NotEnforced;
    Ok(Landlock { abi, is_enforced })
}

type Folder = (PathFd, BitFlags<AccessFs>);

fn open(grants: &[Grant<'_>]) -> Result<Vec<Folder>, landlock::PathFdError> {
    let open = |grant: &Grant<'_>| match grant {
        Grant::Write(path) => Ok((PathFd::new(path)?, write())),
        Grant::Read(path) => Ok((PathFd::new(path)?, read())),
    };
    grants.iter().map(open).collect()
}

fn enforce(folders: Vec<Folder>) -> Result<landlock::RestrictionStatus, RulesetError> {
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?;
    for (folder, access) in folders {
        rules = rules.add_rule(PathBeneath::new(folder, access))?;
    }
    rules.restrict_self()
}

fn read() -> BitFlags<AccessFs> {
    AccessFs::ReadFile | AccessFs::ReadDir
}

/// Neither executing, nor sockets, pipes and devices: no guest can ask for those.
fn write() -> BitFlags<AccessFs> {
    read()
        | AccessFs::WriteFile
        | AccessFs::Truncate
        | AccessFs::MakeReg
        | AccessFs::MakeDir
        | AccessFs::MakeSym
        | AccessFs::RemoveFile
        | AccessFs::RemoveDir
        | AccessFs::Refer
}

/// The version whose kinds of access are known here. Later ones add nothing that the filter of system calls leaves open.
const NEWEST: ABI = ABI::V6;
