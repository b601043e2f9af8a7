//! Removing folders that a guest has filled.
//!
//! Such a tree may be deeper than a stack, a path or a table of open files allows, so nobody walks down it: folders are emptied at
//! the top one, and what they hold of folders moves up there and has its turn later. Two folders are open at a time, whatever the
//! tree is like. Everything is done below an open folder, and no link is followed.

use std::{
    ffi::CString,
    io,
    os::fd::{AsFd, OwnedFd},
    path::Path,
};

use rustix::{
    fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, chmodat, fchmod, fstat, openat, renameat, statat, unlinkat},
    io::Errno,
    path::Arg,
};

/// Removes a folder and all that is in it. That it is not there is no error.
pub(crate) fn remove_tree(path: &Path) -> io::Result<()> {
    let top = match open_folder(CWD, path) {
        Err(Errno::NOENT) => return Ok(()),
        opened => opened?,
    };
    let mut moved = 0;
    empty(&top, |name| empty_folder(&top, name, &mut moved))?;
    Ok(unlinkat(CWD, path, AtFlags::REMOVEDIR)?)
}

/// Removes what is in a folder; the folders in it as they are to be.
fn empty(
    folder: &OwnedFd,
    mut remove_folder: impl FnMut(&CString) -> rustix::io::Result<()>,
) -> rustix::io::Result<()> {
    loop {
        let names = some_names(folder)?;
        if names.is_empty() {
            return Ok(());
        }
        for name in &names {
            match unlinkat(folder, name, AtFlags::empty()) {
                // POSIX has it that the second is said of folders.
                Err(Errno::ISDIR | Errno::PERM) => remove_folder(name)?,
                removed => removed?,
            }
        }
    }
}

/// Removes a folder of the top one, whose own folders move up unless they are empty.
fn empty_folder(top: &OwnedFd, name: &CString, moved: &mut u64) -> rustix::io::Result<()> {
    let folder = open_ours(top, name)?;
    empty(&folder, |inner| match unlinkat(&folder, inner, AtFlags::REMOVEDIR) {
        Err(Errno::NOTEMPTY | Errno::EXIST) => move_up(&folder, inner, top, moved),
        removed => removed,
    })?;
    unlinkat(top, name, AtFlags::REMOVEDIR)
}

/// Gives a folder a name in the top one that is not taken there.
fn move_up(folder: &OwnedFd, name: &CString, top: &OwnedFd, moved: &mut u64) -> rustix::io::Result<()> {
    loop {
        *moved += 1;
        match renameat(folder, name, top, moved.to_string()) {
            // Where it lies is written in it.
            Err(Errno::ACCESS) if make_ours(folder, name)? => {}
            Err(Errno::NOTEMPTY | Errno::EXIST | Errno::NOTDIR) => {}
            done => return done,
        }
    }
}

/// Opens a folder that a program may have forbidden its own user, whose box we are, to read or to change.
fn open_ours(at: &OwnedFd, name: &CString) -> rustix::io::Result<OwnedFd> {
    match open_folder(at, name) {
        Err(Errno::ACCESS) => {
            make_ours(at, name)?;
            open_folder(at, name)
        }
        Ok(folder) if !fstat(&folder).is_ok_and(|stat| Mode::from_raw_mode(stat.st_mode).contains(Mode::RWXU)) => {
            // Whose it is not says so when something in it is to be removed.
            let _ = fchmod(&folder, Mode::RWXU);
            Ok(folder)
        }
        opened => opened,
    }
}

/// Allows us everything in a folder. Whether that was not so before: nothing of the guest runs that could change it meanwhile.
fn make_ours(at: &OwnedFd, name: &CString) -> rustix::io::Result<bool> {
    let stat = statat(at, name, AtFlags::SYMLINK_NOFOLLOW)?;
    let is_folder = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
    if !is_folder || Mode::from_raw_mode(stat.st_mode).contains(Mode::RWXU) {
        return Ok(false);
    }
    chmodat(at, name, Mode::RWXU, AtFlags::empty())?;
    Ok(true)
}

fn open_folder(at: impl AsFd, name: impl Arg) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(at, name, flags, Mode::empty())
}

/// So many names of what is in a folder as are held in memory at once; none if it is empty.
fn some_names(folder: &OwnedFd) -> rustix::io::Result<Vec<CString>> {
    let names = Dir::read_from(folder)?.filter_map(|entry| match entry {
        Ok(entry) if [c".", c".."].contains(&entry.file_name()) => None,
        Ok(entry) => Some(Ok(entry.file_name().to_owned())),
        Err(error) => Some(Err(error)),
    });
    names.take(MOST_NAMES).collect()
}

const MOST_NAMES: usize = 1024;

#[cfg(test)]
mod tests {
    use std::{
        ffi::OsStr,
        fs,
        os::unix::{
            ffi::OsStrExt as _,
            fs::{PermissionsExt as _, symlink},
        },
    };

    use rustix::fs::{mkdirat, mknodat};

    use super::*;

    /// In memory where there is such a place, as jobs' folders are.
    fn folder() -> tempfile::TempDir {
        let memory = Path::new("/dev/shm");
        tempfile::tempdir_in(memory).or_else(|_| tempfile::tempdir()).unwrap()
    }

    #[test]
    fn a_tree_of_a_hundred_thousand_levels_is_removed_with_few_open_files_and_little_stack() {
        let dir = folder();
        let tree = dir.path().join("tree");
        fs::create_dir(&tree).unwrap();
        let mut deepest = open_folder(CWD, &tree).unwrap();
        for _ in 0..100_000 {
            mkdirat(&deepest, "d", Mode::RWXU).unwrap();
            deepest = open_folder(&deepest, "d").unwrap();
        }
        drop(deepest);
        std::thread::Builder::new()
            .stack_size(128 << 10)
            .spawn(move || remove_tree(&tree).unwrap())
            .unwrap()
            .join()
            .unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_hundred_thousand_files_are_removed() {
        let dir = folder();
        let tree = dir.path().join("tree");
        fs::create_dir(&tree).unwrap();
        for number in 0..100_000 {
            fs::File::create(tree.join(number.to_string())).unwrap();
        }
        remove_tree(&tree).unwrap();
        assert!(!tree.exists());
    }

    #[test]
    fn whatever_is_in_it_is_removed_and_nothing_that_a_link_leads_to() {
        let dir = folder();
        let (outside, tree) = (dir.path().join("outside"), dir.path().join("tree"));
        fs::create_dir_all(outside.join("folder")).unwrap();
        fs::write(outside.join("file"), "x").unwrap();
        fs::create_dir_all(tree.join("1/2/3")).unwrap();
        fs::write(tree.join("2"), "a name that folders get on their way up").unwrap();
        symlink(&outside, tree.join("absolute")).unwrap();
        symlink("../../outside", tree.join("1/relative")).unwrap();
        symlink("loop", tree.join("loop")).unwrap();
        fs::hard_link(outside.join("file"), tree.join("1/2/hard")).unwrap();
        for name in [&b"new\nline"[..], b"\x1b[2J", b"\xff\xfe", b"-rf", &[b'n'; 255]] {
            fs::write(tree.join("1/2/3").join(OsStr::from_bytes(name)), "x").unwrap();
            fs::create_dir_all(tree.join("1").join(OsStr::from_bytes(name)).join("in")).unwrap();
        }
        mknodat(CWD, tree.join("1/pipe"), FileType::Fifo, Mode::RWXU, 0).unwrap();
        remove_tree(&tree).unwrap();
        assert!(!tree.exists());
        assert_eq!(fs::read_to_string(outside.join("file")).unwrap(), "x");
        assert!(outside.join("folder").is_dir());
    }

    #[test]
    fn folders_that_forbid_their_own_user_everything_are_removed() {
        let dir = folder();
        let tree = dir.path().join("tree");
        fs::create_dir_all(tree.join("a/b/c")).unwrap();
        fs::create_dir_all(tree.join("d/e")).unwrap();
        for file in ["a/file", "a/b/file", "a/b/c/file", "d/e/file"] {
            fs::write(tree.join(file), "x").unwrap();
        }
        for (folder, mode) in [("a/b/c", 0), ("a/b", 0o555), ("a", 0o300), ("d/e", 0o444), ("d", 0)] {
            fs::set_permissions(tree.join(folder), fs::Permissions::from_mode(mode)).unwrap();
        }
        remove_tree(&tree).unwrap();
        assert!(!tree.exists());
    }

    #[test]
    fn a_link_in_the_place_of_the_folder_is_not_followed() {
        let dir = folder();
        let (outside, link) = (dir.path().join("outside"), dir.path().join("link"));
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("file"), "x").unwrap();
        symlink(&outside, &link).unwrap();
        assert!(remove_tree(&link).is_err());
        assert!(outside.join("file").exists());
        assert!(remove_tree(&dir.path().join("absent")).is_ok());
    }
}
