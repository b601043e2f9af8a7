//! A folder of which a guest is shown little: it holds modules, but was not made for guests.
//!
//! A `python!` runner without `python-path` finds its module beside the INI file, where passwords are, and perhaps a journal or other
//! jobs' files. So in the top of that folder there is nothing for it but Python's sources and packages.

use std::{
    fs::File,
    os::{fd::AsFd, unix::fs::MetadataExt as _},
};

use rbit_job::{Mount, Plan, Processor, python_call::PYTHON_PATH};
use rustix::fs::{AtFlags, FileType, statat};

use super::identity::{self, Inode};

/// The folder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SourcesOnly(Inode);

impl SourcesOnly {
    /// The folder of a plan's runner, if it has such a one. One that is not there is opened by nobody.
    pub(crate) fn of(plan: &Plan) -> Option<Self> {
        let is_of_path = |mount: &&Mount| mount.setting == PYTHON_PATH;
        match &plan.processor {
            Processor::Python(call) if call.sees_sources_only => {
                let mount = plan.mounts.iter().find(is_of_path)?;
                let metadata = mount.host.metadata().ok()?;
                Some(Self(Inode {
                    device: metadata.dev(),
                    number: metadata.ino(),
                }))
            }
            _ => None,
        }
    }

    /// Whether this is the folder.
    pub(super) fn is_of(self, folder: &File) -> bool {
        identity::of_open(folder).is_some_and(|seen| seen.inode == self.0)
    }

    /// Whether what a path leads to from a folder is shown.
    pub(super) fn shows(self, folder: &File, path: &str) -> bool {
        if !self.is_of(folder) {
            return true;
        }
        match top_of(folder, path) {
            Ok(Some(name)) => self.shows_name(folder, name),
            // The folder itself.
            Ok(None) => true,
            Err(Unclear) => false,
        }
    }

    /// Whether a name in the folder is shown.
    pub(super) fn shows_name(self, folder: impl AsFd, name: &str) -> bool {
        name.ends_with(".py") || statat(folder, format!("{name}/__init__.py"), AtFlags::empty()).is_ok()
    }
}

/// It depends on links where the path leads.
struct Unclear;

/// The name in the folder that a path leads to, or below; none for the folder itself.
fn top_of<'a>(folder: &File, path: &'a str) -> Result<Option<&'a str>, Unclear> {
    let mut names = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." if is_link(folder, &names) => return Err(Unclear),
            ".." => {
                names.pop().ok_or(Unclear)?;
            }
            name => names.push(name),
        }
    }
    Ok(names.first().copied())
}

fn is_link(folder: &File, names: &[&str]) -> bool {
    statat(folder, names.join("/"), AtFlags::SYMLINK_NOFOLLOW)
        .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Symlink)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn nothing_but_sources_and_packages_is_shown() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["pkg/sub", "pkg2", "state"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        for file in [
            "rbit.ini",
            "worker.py",
            "pkg/__init__.py",
            "pkg/data.txt",
            "pkg2/__init__.py",
            "state/db",
        ] {
            fs::write(dir.path().join(file), "").unwrap();
        }
        symlink("../pkg2", dir.path().join("pkg/link")).unwrap();
        let folder = File::open(dir.path()).unwrap();
        let sources = SourcesOnly(identity::of_open(&folder).unwrap().inode);
        for path in [
            ".",
            "worker.py",
            "./worker.py",
            "new.py",
            "pkg",
            "pkg/data.txt",
            "pkg/sub/../data.txt",
            "pkg/..",
        ] {
            assert!(sources.shows(&folder, path), "{path}");
        }
        for path in [
            "rbit.ini",
            "./rbit.ini",
            "state",
            "state/db",
            "pkg/../rbit.ini",
            "pkg/../state/db",
            "pkg/link/../rbit.ini",
            "..",
        ] {
            assert!(!sources.shows(&folder, path), "{path}");
        }
        let below = File::open(dir.path().join("pkg")).unwrap();
        assert!(sources.shows(&below, "data.txt"));
    }
}
