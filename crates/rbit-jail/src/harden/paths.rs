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

#[cfg(test)]
mod tests {
    use std::{
        fs::{self, File, OpenOptions},
        io::{self, ErrorKind},
        os::unix::fs::symlink,
    };

    use super::*;

    /// What a guest may do to a mount once it is out of WebAssembly, and so beyond the host's own refusal: landlock alone is asked here.
    #[test]
    fn an_input_cannot_be_changed_by_one_who_may_change_it_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let (mount, own) = (folder.path().join("mount"), folder.path().join("own"));
        for part in [&mount, &own] {
            fs::create_dir_all(part.join("folder")).unwrap();
            fs::write(part.join("file"), "as it was").unwrap();
        }
        let (inside, outside) = (mount.join("file"), own.join("file"));
        OpenOptions::new().write(true).open(&inside).unwrap();
        let refused = |tried: io::Result<()>| {
            let error = tried.unwrap_err();
            matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::CrossesDevices)
        };
        // It counts for the thread that it is done in.
        let tried = std::thread::scope(|scope| {
            let tries = scope.spawn(|| {
                restrict(&[Grant::Read(&mount), Grant::Write(&own)]).unwrap();
                assert_eq!(fs::read_to_string(&inside).unwrap(), "as it was");
                OpenOptions::new().write(true).open(&outside).unwrap();
                [
                    ("writing", OpenOptions::new().write(true).open(&inside).map(drop)),
                    (
                        "emptying",
                        OpenOptions::new().write(true).truncate(true).open(&inside).map(drop),
                    ),
                    ("making a file", File::create(mount.join("new")).map(drop)),
                    ("making a folder", fs::create_dir(mount.join("new"))),
                    ("making a link", symlink("file", mount.join("new"))),
                    ("deleting", fs::remove_file(&inside)),
                    ("deleting a folder", fs::remove_dir(mount.join("folder"))),
                    ("moving out", fs::rename(&inside, own.join("new"))),
                    ("moving in", fs::rename(&outside, mount.join("new"))),
                    ("a second name", fs::hard_link(&inside, own.join("new"))),
                ]
            });
            tries.join().unwrap()
        });
        for (way, tried) in tried {
            assert!(refused(tried), "{way}");
        }
        assert_eq!(fs::read_to_string(&inside).unwrap(), "as it was");
    }
}
