//! What a job's folders hold. They are hostile while it runs and afterwards: no link is followed, no other file system entered, and the
//! counting ends where a limit does.

use std::{
    os::{fd::OwnedFd, unix::ffi::OsStrExt as _},
    path::{Path, PathBuf},
};

use rbit_job::Limits;
use rustix::{
    fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, ResolveFlags, openat, openat2, statat},
    io::Errno,
};

use crate::ending::Over;

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    /// Bytes on the disk, with those that each file, folder and link counts besides.
    pub(crate) bytes: u64,
    /// Files, folders and links.
    pub(crate) files: u64,
}

/// Counts what is in the folders, until `is_called_off` says that nobody wants to know any more. Something that cannot be counted, or
/// is too much, is an error; `held` has what was counted until then.
pub(crate) fn count(
    folders: [&Path; 2],
    limits: &Limits,
    held: &mut Held,
    is_called_off: &mut dyn FnMut() -> bool,
) -> Result<(), Over> {
    for folder in folders {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        // It is the box's own: what is wrong with it is not the program's doing.
        let root = match openat(CWD, folder, flags, Mode::empty()) {
            Ok(root) => root,
            Err(Errno::ACCESS) => return Err(Over::Uncounted("a folder may not be read")),
            // What else is wrong with it is not the program's doing.
            Err(_) => continue,
        };
        count_below(&root, limits, held, is_called_off)?;
    }
    Ok(())
}

fn count_below(
    root: &OwnedFd,
    limits: &Limits,
    held: &mut Held,
    is_called_off: &mut dyn FnMut() -> bool,
) -> Result<(), Over> {
    // A list instead of a recursion: how deep the folders are is up to the program.
    let mut folders = vec![PathBuf::from(".")];
    while let Some(folder) = folders.pop() {
        if is_called_off() {
            return Ok(());
        }
        let listing = match open_beneath(root, &folder).and_then(Dir::new) {
            Ok(listing) => listing,
            Err(Errno::NAMETOOLONG) => return Err(Over::Uncounted("folders are too deep")),
            Err(Errno::ACCESS | Errno::PERM) => return Err(Over::Uncounted("a folder may not be read")),
            // It was there a moment ago.
            Err(_) => continue,
        };
        count_listing(listing, &folder, limits, held, &mut folders)?;
    }
    Ok(())
}

fn count_listing(
    mut listing: Dir,
    folder: &Path,
    limits: &Limits,
    held: &mut Held,
    folders: &mut Vec<PathBuf>,
) -> Result<(), Over> {
    while let Some(Ok(entry)) = listing.read() {
        if matches!(entry.file_name().to_bytes(), b"." | b"..") {
            continue;
        }
        let stat = listing
            .fd()
            .and_then(|folder| statat(folder, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW));
        let Ok(stat) = stat else { continue };
        let blocks = u64::try_from(stat.st_blocks).unwrap_or_default();
        held.files += 1;
        held.bytes = held
            .bytes
            .saturating_add(blocks.saturating_mul(512))
            .saturating_add(COST);
        if held.files > limits.files.into() {
            return Err(Over::Files);
        }
        if held.bytes > limits.disk {
            return Err(Over::Disk);
        }
        if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
            folders.push(folder.join(std::ffi::OsStr::from_bytes(entry.file_name().to_bytes())));
        }
    }
    Ok(())
}

fn open_beneath(root: &OwnedFd, folder: &Path) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let beneath =
        ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_XDEV;
    openat2(root, folder, flags, Mode::empty(), beneath)
}

/// Bytes that each file, folder and link counts besides its content, as in the sandbox.
const COST: u64 = 4 << 10;

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    fn counted(folder: &Path, limits: &Limits) -> (Held, Result<(), Over>) {
        let mut held = Held::default();
        let result = count([folder, folder], limits, &mut held, &mut || false);
        (held, result)
    }

    fn limits(files: u32, disk: u64) -> Limits {
        Limits {
            files,
            disk,
            ..Limits::default()
        }
    }

    #[test]
    fn files_folders_and_links_are_counted_and_nothing_that_a_link_leads_to() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("a/b")).unwrap();
        fs::write(dir.path().join("a/b/file"), vec![1; 100_000]).unwrap();
        symlink("/usr", dir.path().join("usr")).unwrap();
        symlink("..", dir.path().join("a/up")).unwrap();
        // The folder is given twice.
        let (held, result) = counted(dir.path(), &Limits::default());
        assert_eq!((held.files, result), (10, Ok(())));
        assert!((2 * 100_000..2 * 200_000).contains(&held.bytes), "{held:?}");
    }

    #[test]
    fn the_counting_ends_where_a_limit_does() {
        let dir = tempfile::tempdir().unwrap();
        for number in 0..10 {
            fs::write(dir.path().join(number.to_string()), [1; 5000]).unwrap();
        }
        assert_eq!(counted(dir.path(), &limits(20, 1 << 30)).1, Ok(()));
        assert_eq!(counted(dir.path(), &limits(19, 1 << 30)), {
            let (held, _) = counted(dir.path(), &limits(20, 1 << 30));
            (held, Err(Over::Files))
        });
        assert_eq!(counted(dir.path(), &limits(100, 100_000)).1, Err(Over::Disk));
    }

    #[test]
    fn a_tree_deeper_than_a_path_can_say_is_not_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let mut made = openat(CWD, dir.path(), OFlags::PATH | OFlags::DIRECTORY, Mode::empty()).unwrap();
        for _ in 0..20 {
            let name = "d".repeat(240);
            rustix::fs::mkdirat(&made, &name, Mode::RWXU).unwrap();
            made = openat(&made, &name, OFlags::PATH | OFlags::DIRECTORY, Mode::empty()).unwrap();
        }
        let expected = Err(Over::Uncounted("folders are too deep"));
        assert_eq!(counted(dir.path(), &Limits::default()).1, expected);
    }

    #[test]
    fn a_counting_that_nobody_wants_ends() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), "").unwrap();
        let mut held = Held::default();
        let result = count([dir.path(), dir.path()], &Limits::default(), &mut held, &mut || true);
        assert_eq!((held.files, result), (0, Ok(())));
    }
}
