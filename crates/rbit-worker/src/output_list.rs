//! What lies in a guest's output folder: the names of all regular files in it.
//!
//! The folder is hostile: no link is followed, no other file system entered, and nothing is listed beyond what could be delivered.
//! Links, pipes and whatever else a guest left there are passed over. That the names lead to regular files still is looked at again
//! when they are opened.

use std::os::fd::OwnedFd;

use rbit_job::{Ending, Limits, plan::GUEST_OUTPUT};
use rustix::fs::{AtFlags, Dir, DirEntry, FileType, Mode, OFlags, ResolveFlags, openat2, statat};

use crate::collect::{host_fault, over, refused};

/// The regular files in the folder, as a guest would name them.
pub(crate) fn everything(root: &OwnedFd, limits: &Limits) -> Result<Vec<String>, Ending> {
    let mut found = Found {
        files: Vec::new(),
        most: limits.artifacts as usize,
        folders: vec![String::new()],
    };
    // A list instead of a recursion: how deep the folders are is up to the guest.
    while let Some(folder) = found.folders.pop() {
        found.look_into(root, &folder)?;
    }
    Ok(found.files)
}

struct Found {
    files: Vec<String>,
    most: usize,
    /// Folders that have not been looked into, relative to the output folder.
    folders: Vec<String>,
}

impl Found {
    fn look_into(&mut self, root: &OwnedFd, folder: &str) -> Result<(), Ending> {
        let not_read = |errno: rustix::io::Errno| host_fault("list the guest's output folder", &errno.into());
        let listing = open_beneath(root, folder).map_err(not_read)?;
        let mut listing = Dir::new(listing).map_err(not_read)?;
        while let Some(entry) = listing.read() {
            let entry = entry.map_err(not_read)?;
            if matches!(entry.file_name().to_bytes(), b"." | b"..") {
                continue;
            }
            let path = path_of(folder, &entry)?;
            match kind(&listing, &entry) {
                FileType::RegularFile => self.add_file(&path)?,
                FileType::Directory => self.folders.push(path),
                _ => {}
            }
        }
        Ok(())
    }

    fn add_file(&mut self, path: &str) -> Result<(), Ending> {
        if self.files.len() >= self.most {
            let limit = self.most;
            return Err(over(format!(
                "artifacts: limit {limit}, peak over {limit}: so many files are in `/output`"
            )));
        }
        self.files.push(format!("{GUEST_OUTPUT}/{path}"));
        Ok(())
    }
}

fn path_of(folder: &str, entry: &DirEntry) -> Result<String, Ending> {
    let name = entry.file_name().to_str().map_err(|_| {
        let shown = entry.file_name().to_string_lossy();
        refused(format!(
            "`{}` in `/output` cannot be delivered: its name is no UTF-8",
            shown.escape_debug()
        ))
    })?;
    let path = match folder {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    };
    if path.len() > MAX_PATH {
        let text = "`/output` has folders so deep that their files cannot be named";
        return Err(refused(text.to_owned()));
    }
    Ok(path)
}

fn open_beneath(root: &OwnedFd, folder: &str) -> rustix::io::Result<OwnedFd> {
    let folder = if folder.is_empty() { "." } else { folder };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let beneath =
        ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_XDEV;
    openat2(root, folder, flags, Mode::empty(), beneath)
}

/// Some file systems do not say it with the name.
fn kind(listing: &Dir, entry: &DirEntry) -> FileType {
    match entry.file_type() {
        FileType::Unknown => listing
            .fd()
            .and_then(|folder| statat(folder, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW))
            .map_or(FileType::Unknown, |stat| FileType::from_raw_mode(stat.st_mode)),
        known => known,
    }
}

/// Bytes of a path below the output folder.
const MAX_PATH: usize = 4000;

#[cfg(test)]
mod tests {
    use rbit_job::Reason;
    use std::{
        fs::{self, File},
        os::unix::{ffi::OsStrExt as _, fs::symlink},
        path::Path,
    };

    use super::*;

    fn limits(artifacts: u32) -> Limits {
        Limits {
            artifacts,
            ..Limits::default()
        }
    }

    fn opened(folder: &Path) -> OwnedFd {
        File::open(folder).unwrap().into()
    }

    fn listed(folder: &Path) -> Vec<String> {
        let mut files = everything(&opened(folder), &limits(100)).unwrap();
        files.sort();
        files
    }

    #[test]
    fn regular_files_are_listed_wherever_they_lie_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("output");
        fs::create_dir_all(output.join("a/b")).unwrap();
        fs::create_dir(output.join("empty")).unwrap();
        fs::write(output.join("one"), "").unwrap();
        fs::write(output.join("a/b/two"), "").unwrap();
        fs::write(folder.path().join("outside"), "").unwrap();
        symlink("../outside", output.join("link")).unwrap();
        symlink("/", output.join("root")).unwrap();
        symlink("a", output.join("to-a")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, output.join("pipe"), Mode::RWXU).unwrap();
        assert_eq!(listed(&output), ["/output/a/b/two", "/output/one"]);
        assert!(listed(&output.join("empty")).is_empty());
    }

    #[test]
    fn more_files_than_may_be_delivered_are_not_listed() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..5 {
            fs::write(folder.path().join(number.to_string()), "").unwrap();
        }
        assert_eq!(everything(&opened(folder.path()), &limits(5)).unwrap().len(), 5);
        let ending = everything(&opened(folder.path()), &limits(4)).unwrap_err();
        assert_eq!(ending.reason(), Reason::ArtifactLimit);
    }

    #[test]
    fn what_cannot_be_named_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut deep = folder.path().to_owned();
        for _ in 0..17 {
            deep.push("d".repeat(240));
        }
        // Deeper than one path of the system can say.
        let mut made = opened(folder.path());
        for part in deep.strip_prefix(folder.path()).unwrap() {
            rustix::fs::mkdirat(&made, part, Mode::RWXU).unwrap();
            made = rustix::fs::openat(&made, part, OFlags::PATH | OFlags::DIRECTORY, Mode::empty()).unwrap();
        }
        assert_eq!(
            everything(&opened(folder.path()), &limits(4)).unwrap_err().reason(),
            Reason::ArtifactRefused
        );
        let other = tempfile::tempdir().unwrap();
        fs::write(other.path().join(std::ffi::OsStr::from_bytes(b"\xff")), "").unwrap();
        assert_eq!(
            everything(&opened(other.path()), &limits(4)).unwrap_err().reason(),
            Reason::ArtifactRefused
        );
    }
}
