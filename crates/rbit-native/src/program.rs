//! Which file the command of a line is, where a program is seen, and its digest.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Read as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use rbit_job::{CommandLine, Digest};
use rbit_output::text::hex;
use rustix::fs::Access;
use sha2::{Digest as _, Sha256};

use crate::view;

/// Why a command cannot be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoProgram {
    /// None of the files is there.
    #[error("cannot find the program `{command}`: there is no {files}")]
    NotFound {
        /// As it is configured.
        command: String,
        /// Where it was looked for.
        files: String,
    },
    /// It may not be executed.
    #[error("`{}` is no program: it cannot be executed", file.display())]
    NotExecutable {
        /// The file.
        file: PathBuf,
    },
    /// It cannot be read.
    #[error("cannot read `{}`", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The first of a command's files that is there.
pub(crate) fn find(line: &CommandLine) -> Result<&Path, NoProgram> {
    let found = line.files().iter().find(|file| file.is_file());
    let file = found.ok_or_else(|| not_found(line))?;
    match rustix::fs::access(file, Access::EXEC_OK) {
        Ok(()) => Ok(file),
        Err(_) => Err(NoProgram::NotExecutable { file: file.clone() }),
    }
}

fn not_found(line: &CommandLine) -> NoProgram {
    let files: Vec<_> = line
        .files()
        .iter()
        .map(|file| format!("`{}`", file.display()))
        .collect();
    NoProgram::NotFound {
        command: line.command().to_owned(),
        files: files.join(" and no "),
    }
}

/// Where a program finds itself: at its own path if that is shown, else in a folder of its own.
pub(crate) fn seen(file: &Path) -> PathBuf {
    if view::shows(file) {
        return file.to_owned();
    }
    Path::new("/native").join(file.file_name().unwrap_or_default())
}

/// Digests of programs, which are read again only when their file is another.
#[derive(Debug, Default)]
pub(crate) struct Digests(Mutex<HashMap<PathBuf, (Stamp, Digest)>>);

/// What another content of a file comes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Digests {
    /// The digest of a file as it is now.
    pub(crate) fn of(&self, file: &Path) -> Result<Digest, NoProgram> {
        self.read(file).map_err(|source| NoProgram::Unreadable {
            file: file.to_owned(),
            source,
        })
    }

    fn read(&self, path: &Path) -> io::Result<Digest> {
        let mut file = File::open(path)?;
        let stamp = Stamp::of(&file.metadata()?);
        let known = self.lock().get(path).copied();
        if let Some((_, digest)) = known.filter(|(known, _)| *known == stamp) {
            return Ok(digest);
        }
        let digest = digest(&mut file)?;
        self.lock().insert(path.to_owned(), (stamp, digest));
        Ok(digest)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, (Stamp, Digest)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stamp {
    fn of(file: &fs::Metadata) -> Self {
        Self {
            device: file.dev(),
            inode: file.ino(),
            size: file.size(),
            modified: (file.mtime(), file.mtime_nsec()),
            changed: (file.ctime(), file.ctime_nsec()),
        }
    }
}

fn digest(file: &mut File) -> io::Result<Digest> {
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 64 << 10]);
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            count => hasher.update(buffer.get(..count).unwrap_or_default()),
        }
    }
    Digest::parse(&hex(&hasher.finalize())).ok_or_else(|| io::Error::other("its digest is none"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn line(files: &[&Path]) -> CommandLine {
        let files = files.iter().map(|file| file.to_path_buf()).collect();
        CommandLine::new(vec!["tool".into()], files).unwrap()
    }

    #[test]
    fn the_first_file_that_is_there_is_the_program_if_it_can_be_executed() {
        let dir = tempfile::tempdir().unwrap();
        let (none, tool) = (dir.path().join("none"), dir.path().join("tool"));
        let both = line(&[&none, &tool]);
        let error = find(&both).unwrap_err().to_string();
        assert!(
            error.contains("cannot find the program `tool`") && error.contains("none` and no `"),
            "{error}"
        );
        fs::write(&tool, "#!/bin/sh\n").unwrap();
        assert!(matches!(find(&both), Err(NoProgram::NotExecutable { .. })));
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(find(&both).unwrap(), tool);
    }

    #[test]
    fn a_program_of_elsewhere_is_seen_in_a_folder_of_its_own() {
        assert_eq!(seen(Path::new("/usr/bin/latex")), Path::new("/usr/bin/latex"));
        assert_eq!(seen(Path::new("/srv/x/tool")), Path::new("/native/tool"));
    }

    #[test]
    fn a_digest_is_that_of_the_file_as_it_is_now() {
        let dir = tempfile::tempdir().unwrap();
        let (file, digests) = (dir.path().join("tool"), Digests::default());
        fs::write(&file, "abc").unwrap();
        let abc = digests.of(&file).unwrap();
        assert_eq!(
            abc.to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(digests.of(&file).unwrap(), abc);
        fs::write(dir.path().join("other"), "abd").unwrap();
        fs::rename(dir.path().join("other"), &file).unwrap();
        assert_ne!(digests.of(&file).unwrap(), abc);
    }
}
