//! Files that get their final names: all of them, or none.

use std::{
    io,
    path::{Path, PathBuf},
};

use cap_std::fs::{Dir, File};
use rustix::{
    fs::{RenameFlags, renameat_with},
    io::Errno,
};

/// Renames out of a folder that can be undone, until they are kept.
///
/// What lay under a name before changes places with the new file, and goes back there when a later file cannot appear: nobody finds one
/// attempt's files among those of another.
#[derive(Debug)]
pub(crate) struct Appearing<'a> {
    from: &'a Dir,
    done: Vec<Renamed>,
}

#[derive(Debug)]
struct Renamed {
    number: String,
    folder: File,
    name: PathBuf,
    way: Way,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Nothing had the name.
    New,
    /// What had it lies where the file came from.
    Exchanged,
    /// What had it is gone: the file system cannot exchange.
    Replaced,
}

impl<'a> Appearing<'a> {
    pub(crate) fn out_of(from: &'a Dir) -> Self {
        Self { from, done: Vec::new() }
    }

    /// Gives the file of this number a name in a folder.
    pub(crate) fn rename(&mut self, number: String, folder: File, name: &Path) -> io::Result<()> {
        let way = self.appear(&number, &folder, name)?;
        self.done.push(Renamed {
            number,
            folder,
            name: name.to_owned(),
            way,
        });
        Ok(())
    }

    /// Lets them stay. What they took the places of is removed.
    pub(crate) fn keep(mut self) {
        for Renamed { number, .. } in self.done.drain(..).filter(|renamed| renamed.way == Way::Exchanged) {
            // It lies in the staging folder, which goes with the next attempt at the latest.
            drop(self.from.remove_file(number));
        }
    }

    fn appear(&self, number: &str, folder: &File, name: &Path) -> io::Result<Way> {
        let rename = |flags| renameat_with(self.from, number, folder, name, flags);
        match rename(RenameFlags::NOREPLACE) {
            Ok(()) => return Ok(Way::New),
            Err(Errno::EXIST) => {}
            Err(errno) if cannot(errno) => return Ok(rename(RenameFlags::empty()).map(|()| Way::Replaced)?),
            Err(errno) => return Err(errno.into()),
        }
        match rename(RenameFlags::EXCHANGE) {
            Ok(()) => Ok(Way::Exchanged),
            Err(errno) if cannot(errno) => Ok(rename(RenameFlags::empty()).map(|()| Way::Replaced)?),
            Err(errno) => Err(errno.into()),
        }
    }
}

/// Undoes what was not kept, the last rename first, as far as it can be undone.
impl Drop for Appearing<'_> {
    fn drop(&mut self) {
        for renamed in self.done.drain(..).rev() {
            let flags = match renamed.way {
                Way::New => RenameFlags::NOREPLACE,
                Way::Exchanged => RenameFlags::EXCHANGE,
                Way::Replaced => continue,
            };
            // An error leaves the file where it is: there is nobody to tell, and the next attempt replaces it.
            let _ = renameat_with(&renamed.folder, &renamed.name, self.from, &renamed.number, flags);
        }
    }
}

/// Whether the file system, or an old kernel, knows no such renames.
fn cannot(errno: Errno) -> bool {
    matches!(errno, Errno::INVAL | Errno::NOSYS)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use cap_std::ambient_authority;

    use super::*;

    /// A folder with copies `0`, `1` … of these contents, and one that they are to appear in.
    fn folders(contents: &[&str]) -> (tempfile::TempDir, Dir) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("staging")).unwrap();
        fs::create_dir(folder.path().join("output")).unwrap();
        for (number, content) in contents.iter().enumerate() {
            fs::write(folder.path().join(format!("staging/{number}")), content).unwrap();
        }
        let staging = Dir::open_ambient_dir(folder.path().join("staging"), ambient_authority()).unwrap();
        (folder, staging)
    }

    fn output(folder: &tempfile::TempDir) -> File {
        File::from_std(fs::File::open(folder.path().join("output")).unwrap())
    }

    fn content(folder: &tempfile::TempDir, path: &str) -> Option<String> {
        fs::read_to_string(folder.path().join(path)).ok()
    }

    /// Two files that have appeared, the first in the place of another.
    fn with_two_files<'a>(folder: &tempfile::TempDir, staging: &'a Dir) -> Appearing<'a> {
        fs::write(folder.path().join("output/a"), "old a").unwrap();
        let mut appearing = Appearing::out_of(staging);
        for (number, name) in [("0", "a"), ("1", "b")] {
            appearing
                .rename(number.to_owned(), output(folder), Path::new(name))
                .unwrap();
        }
        appearing
    }

    #[test]
    fn when_a_later_file_cannot_appear_the_earlier_ones_are_as_they_were() {
        let (folder, staging) = folders(&["new a", "new b"]);
        let mut appearing = with_two_files(&folder, &staging);
        assert_eq!(content(&folder, "output/a").unwrap(), "new a");
        let refused = appearing.rename("2".to_owned(), output(&folder), Path::new("c"));
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::NotFound);
        drop(appearing);
        assert_eq!(content(&folder, "output/a").unwrap(), "old a");
        assert_eq!(content(&folder, "output/b"), None);
    }

    #[test]
    fn files_that_are_kept_leave_nothing_of_those_whose_places_they_took() {
        let (folder, staging) = folders(&["new a", "new b"]);
        let appearing = with_two_files(&folder, &staging);
        appearing.keep();
        assert_eq!(content(&folder, "output/a").unwrap(), "new a");
        assert_eq!(content(&folder, "output/b").unwrap(), "new b");
        assert_eq!(fs::read_dir(folder.path().join("staging")).unwrap().count(), 0);
    }
}
