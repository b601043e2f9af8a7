//! Which file a path leads to, asked without following links and without leaving the folder.

use std::fs::File;

use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, Stat, fstat, openat2};

/// What makes a file this file, whatever its names are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Inode {
    pub(super) device: u64,
    pub(super) number: u64,
}

/// What was found under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) inode: Inode,
    pub(super) has_other_names: bool,
    pub(super) is_file: bool,
}

impl Seen {
    /// Whether a regular file has no name any more once this one is gone.
    pub(super) fn was_last_name_of_a_file(&self) -> bool {
        self.is_file && !self.has_other_names
    }
}

/// What lies under a name in a folder; none where nothing does, or where it cannot be asked: then it goes on being counted.
pub(super) fn look(folder: &File, path: &str) -> Option<Seen> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    let found = openat2(folder, path, flags, Mode::empty(), beneath).ok()?;
    fstat(&found).ok().map(|stat| seen(&stat))
}

/// What is gone because something was moved to its name. Two names of one file stay both, as the system has it: so it must be known of
/// both what they were.
pub(super) fn replaced_by(moved: Option<Seen>, replaced: Option<Seen>) -> Option<Seen> {
    let (moved, replaced) = (moved?, replaced?);
    (moved.inode != replaced.inode).then_some(replaced)
}

/// An open file.
pub(super) fn of_open(file: &File) -> Option<Seen> {
    fstat(file).ok().map(|stat| seen(&stat))
}

fn seen(stat: &Stat) -> Seen {
    Seen {
        inode: Inode {
            device: stat.st_dev,
            number: stat.st_ino,
        },
        has_other_names: stat.st_nlink > 1,
        is_file: FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(number: u64) -> Option<Seen> {
        Some(Seen {
            inode: Inode { device: 1, number },
            has_other_names: false,
            is_file: true,
        })
    }

    #[test]
    fn a_name_is_given_back_only_where_it_is_certain_that_it_is_gone() {
        assert_eq!(replaced_by(file(1), file(2)), file(2));
        assert_eq!(replaced_by(file(1), None), None);
        assert_eq!(replaced_by(file(1), file(1)), None);
        // It could not be asked what was moved: the same file, perhaps.
        assert_eq!(replaced_by(None, file(1)), None);
    }
}
