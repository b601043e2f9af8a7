//! Artifacts on disk, each with a note of its digest and of what it was made of.

use std::{
    collections::HashMap,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use rustix::{fs::OFlags, process::geteuid};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tracing::warn;

use wasmtime::Engine;

use super::{ComponentInfo, Kind, compiler::compatibility};
use crate::{CacheSettings, text};

/// The folder of artifacts.
#[derive(Debug)]
pub struct ArtifactStore {
    folder: PathBuf,
    /// What an artifact must have been made by to be of use.
    engine: String,
    max_bytes: u64,
    /// What jobs may be using. It is not deleted.
    in_use: Mutex<HashMap<String, Weak<Artifact>>>,
}

/// An artifact that was verified.
#[derive(Debug)]
pub struct Artifact {
    /// Where it lies.
    pub path: PathBuf,
    /// What it was made of.
    pub info: ComponentInfo,
}

/// What stands beside an artifact.
#[derive(Serialize, Deserialize)]
struct Note {
    sha256: String,
    size: u64,
    info: ComponentInfo,
}

impl ArtifactStore {
    /// Opens the folder, and makes it if it is not there. One that others can write to is refused.
    pub fn open(folder: &Path, engine: String, max_bytes: u64) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let flags = (OFlags::DIRECTORY | OFlags::NOFOLLOW).bits().cast_signed();
        let opened = OpenOptions::new()
            .read(true)
            .custom_flags(flags)
            .open(folder)?
            .metadata()?;
        if opened.uid() != geteuid().as_raw() || opened.mode() & 0o077 != 0 {
            let text = "it is not this user's alone: make it so with `chmod 700`, or delete it";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
        }
        let store = Self {
            folder: folder.to_owned(),
            engine,
            max_bytes,
            in_use: Mutex::default(),
        };
        store.sweep();
        Ok(store)
    }

    /// The folder of a sandbox. Without it components are compiled at each start.
    pub(super) fn open_or_warn(settings: &CacheSettings, engine: &Engine, kind: Kind) -> Option<Self> {
        let folder = &settings.folder;
        Self::open(folder, kind.marked(compatibility(engine)), settings.max_bytes)
            .inspect_err(|error| warn!("compiled components are not kept in `{}`: {error}", folder.display()))
            .ok()
    }

    /// What was made of the component with this digest, if it is there and is what it was when it was made.
    pub fn find(&self, component: &str) -> Option<Arc<Artifact>> {
        let name = self.name(component);
        if let Some(artifact) = self.in_use().get(&name).and_then(Weak::upgrade)
            && artifact.path.exists()
        {
            return Some(artifact);
        }
        let note = self.note(&name).ok()??;
        let path = self.folder.join(format!("{name}.cwasm"));
        match verify(&path, &note) {
            Ok(()) => Some(self.using(name, path, note.info)),
            Err(error) => {
                warn!(%error, path = %path.display(), "a compiled component is not what it was, and is made again");
                self.remove(&name);
                None
            }
        }
    }

    /// A file to write a new artifact to.
    pub fn stage(&self) -> io::Result<Staged> {
        let number = NEXT_STAGED.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.join(format!("{STAGED}{}-{number}", std::process::id()));
        // One of a process that is gone, and had the same number.
        let _ = fs::remove_file(&path);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o400)
            .open(&path)?;
        Ok(Staged {
            file,
            path,
            digest: Sha256::new(),
            size: 0,
        })
    }

    /// Keeps what was staged as the artifact of a component.
    pub fn keep(&self, staged: Staged, info: ComponentInfo) -> io::Result<Arc<Artifact>> {
        let name = self.name(&info.sha256);
        let note = Note {
            sha256: text::hex(&staged.digest.clone().finalize()),
            size: staged.size,
            info: info.clone(),
        };
        staged.file.sync_all()?;
        let path = self.folder.join(format!("{name}.cwasm"));
        fs::rename(&staged.path, &path)?;
        let mut text = self.stage()?;
        text.write(&serde_json::to_vec(&note)?)?;
        text.file.sync_all()?;
        fs::rename(&text.path, self.folder.join(format!("{name}.json")))?;
        let artifact = self.using(name, path, info);
        self.make_room();
        Ok(artifact)
    }

    /// The same for code that is in memory.
    pub(super) fn keep_bytes(&self, code: &[u8], info: &ComponentInfo) -> io::Result<Arc<Artifact>> {
        let mut staged = self.stage()?;
        staged.write(code)?;
        self.keep(staged, info.clone())
    }

    /// Forgets what was made of the component with this digest.
    pub fn discard(&self, component: &str) {
        self.remove(&self.name(component));
    }

    fn using(&self, name: String, path: PathBuf, info: ComponentInfo) -> Arc<Artifact> {
        let note = self.folder.join(format!("{name}.json"));
        // What was used last is deleted last.
        if let Ok(file) = File::open(note) {
            let _ = file.set_modified(SystemTime::now());
        }
        let artifact = Arc::new(Artifact { path, info });
        let mut in_use = self.in_use();
        in_use.retain(|_, artifact| artifact.strong_count() > 0);
        in_use.insert(name, Arc::downgrade(&artifact));
        artifact
    }

    /// Deletes what was unused for longest until the rest fits.
    fn make_room(&self) {
        let mut kept = self.kept();
        kept.sort_by_key(|(_, used, _)| *used);
        let mut total: u64 = kept.iter().map(|(_, _, size)| size).sum();
        for (name, _, size) in kept {
            if total <= self.max_bytes {
                break;
            }
            let is_in_use = self
                .in_use()
                .get(&name)
                .is_some_and(|artifact| artifact.strong_count() > 0);
            if !is_in_use {
                self.remove(&name);
                total = total.saturating_sub(size);
            }
        }
    }

    /// Name, last use and size of everything there is, of whatever engine.
    fn kept(&self) -> Vec<(String, SystemTime, u64)> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let kept = entries.filter_map(|entry| {
            let path = entry.path();
            let name = path.file_stem()?.to_str()?.to_owned();
            (path.extension()? == "json").then_some(())?;
            let used = entry.metadata().ok()?.modified().ok()?;
            let size = fs::metadata(path.with_extension("cwasm")).map_or(0, |artifact| artifact.len());
            Some((name, used, size))
        });
        kept.collect()
    }

    /// Removes what was staged by processes that did not come to keep it.
    fn sweep(&self) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let is_staged = entry.file_name().to_string_lossy().starts_with(STAGED);
            let written = entry.metadata().and_then(|metadata| metadata.modified());
            let is_old = written.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > ABANDONED));
            if is_staged && is_old {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn note(&self, name: &str) -> io::Result<Option<Note>> {
        let mut text = Vec::new();
        File::open(self.folder.join(format!("{name}.json")))?
            .take(MAX_NOTE)
            .read_to_end(&mut text)?;
        Ok(serde_json::from_slice(&text).ok())
    }

    fn remove(&self, name: &str) {
        for extension in ["json", "cwasm"] {
            let _ = fs::remove_file(self.folder.join(format!("{name}.{extension}")));
        }
    }

    /// Digits and a hyphen: it comes from no name of anybody.
    fn name(&self, component: &str) -> String {
        format!("{component}-{}", self.engine)
    }

    fn in_use(&self) -> std::sync::MutexGuard<'_, HashMap<String, Weak<Artifact>>> {
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An artifact that is being written. What is not kept is removed.
#[derive(Debug)]
pub struct Staged {
    file: File,
    path: PathBuf,
    digest: Sha256,
    size: u64,
}

impl Staged {
    /// Appends a piece.
    pub fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.digest.update(piece);
        self.size += piece.len() as u64;
        self.file.write_all(piece)
    }

    /// Bytes so far.
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // It is not there any more if it was kept.
        let _ = fs::remove_file(&self.path);
    }
}

fn verify(path: &Path, note: &Note) -> io::Result<()> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let mut file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let metadata = file.metadata()?;
    let is_ours = metadata.is_file() && metadata.uid() == geteuid().as_raw() && metadata.mode() & 0o022 == 0;
    if !is_ours {
        return Err(io::Error::other("it is no file that this user alone can write"));
    }
    if metadata.len() != note.size || digest(&mut file)? != note.sha256 {
        return Err(io::Error::other("its digest is another one"));
    }
    Ok(())
}

fn digest(file: &mut File) -> io::Result<String> {
    let (mut digest, mut piece) = (Sha256::new(), vec![0; 256 << 10]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(text::hex(&digest.finalize())),
            length => digest.update(piece.get(..length).unwrap_or_default()),
        }
    }
}

const STAGED: &str = ".new-";
/// Of the whole process: several stores may have one folder.
static NEXT_STAGED: AtomicU64 = AtomicU64::new(0);
/// Longer than any compilation.
const ABANDONED: std::time::Duration = std::time::Duration::from_secs(3600);
/// Bytes of a note: a component has a hundred imports at most.
const MAX_NOTE: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::text::hex;

    fn info(number: u8) -> ComponentInfo {
        ComponentInfo {
            sha256: hex(&[number; 32]),
            ..ComponentInfo::default()
        }
    }

    fn keep(store: &ArtifactStore, number: u8, content: &[u8]) -> Arc<Artifact> {
        let mut staged = store.stage().unwrap();
        staged.write(content).unwrap();
        store.keep(staged, info(number)).unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn two_stores_of_one_process_stage_in_one_folder_without_getting_in_each_others_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("artifacts");
        let stores = [1, 2].map(|_| ArtifactStore::open(&path, "aa".into(), 1 << 20).unwrap());
        let [mut one, mut other] = [&stores[0], &stores[1]].map(|store| store.stage().unwrap());
        one.write(b"one").unwrap();
        other.write(b"other").unwrap();
        let kept = [
            stores[0].keep(one, info(1)).unwrap(),
            stores[1].keep(other, info(2)).unwrap(),
        ];
        let contents = kept.map(|artifact| fs::read(&artifact.path).unwrap());
        assert_eq!(contents, [b"one".to_vec(), b"other".to_vec()]);
    }

    #[test]
    fn what_was_kept_is_found_by_the_same_engine_alone_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("artifacts");
        let store = ArtifactStore::open(&path, "aa".into(), 1 << 20).unwrap();
        let kept = keep(&store, 1, b"code");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(&kept.path).unwrap().permissions().mode() & 0o777, 0o400);
        let again = ArtifactStore::open(&path, "aa".into(), 1 << 20).unwrap();
        assert_eq!(again.find(&info(1).sha256).unwrap().info, info(1));
        assert!(again.find(&info(2).sha256).is_none());
        let other = ArtifactStore::open(&path, "bb".into(), 1 << 20).unwrap();
        assert!(other.find(&info(1).sha256).is_none());
    }

    #[test]
    fn what_was_changed_is_not_taken_for_what_was_kept() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let change: [fn(&Path); 4] = [
            |path| fs::write(path, "Code").unwrap(),
            |path| fs::write(path, "code and more").unwrap(),
            |path| fs::set_permissions(path, fs::Permissions::from_mode(0o422)).unwrap(),
            |path| {
                fs::rename(path, path.with_extension("elsewhere")).unwrap();
                std::os::unix::fs::symlink(path.with_extension("elsewhere"), path).unwrap();
            },
        ];
        for (number, change) in (0..).zip(change) {
            let store = ArtifactStore::open(folder.path(), "aa".into(), 1 << 20).unwrap();
            let path = keep(&store, number, b"code").path.clone();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            change(&path);
            assert!(store.find(&info(number).sha256).is_none(), "{number}");
            assert!(!path.exists(), "{number}");
        }
    }

    #[test]
    fn what_was_unused_for_longest_makes_room_and_what_is_in_use_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("artifacts");
        let store = ArtifactStore::open(&path, "aa".into(), 10).unwrap();
        let in_use = keep(&store, 1, b"12345");
        for number in 2..5 {
            keep(&store, number, b"12345");
        }
        assert!(in_use.path.exists());
        assert_eq!(names(&path).len(), 4, "{:?}", names(&path));
        assert!(store.find(&info(4).sha256).is_some() && store.find(&info(2).sha256).is_none());
    }

    #[test]
    fn what_is_staged_and_not_kept_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("artifacts");
        let store = ArtifactStore::open(&path, "aa".into(), 10).unwrap();
        let mut staged = store.stage().unwrap();
        staged.write(b"half").unwrap();
        assert_eq!(names(&path).len(), 1);
        drop(staged);
        assert!(names(&path).is_empty());
    }

    #[test]
    fn a_folder_that_others_can_look_into_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for mode in [0o755, 0o770, 0o701] {
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
            assert!(ArtifactStore::open(folder.path(), "aa".into(), 10).is_err());
        }
    }
}
