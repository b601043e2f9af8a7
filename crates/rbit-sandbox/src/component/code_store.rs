//! Compiled components on disk, so that a start does not compile again what was compiled before.
//!
//! What lies here is executed: whoever can write in the folder is this program. So the folder is this host's own (mode 0700, the
//! same user), files are written beside their place, brought to disk and renamed, and never changed. The name of a file says what
//! was compiled, for which engine, and the digest of the code, which is compared before anything of it is mapped: a file that was cut
//! short or has rotted is removed and compiled anew.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    hash::{Hash as _, Hasher},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

use sha2::{Digest as _, Sha256};
use tracing::{debug, warn};
use wasmtime::{Engine, component::Component};

use crate::{CacheSettings, text};

/// The folder.
#[derive(Debug)]
pub(super) struct CodeStore {
    folder: PathBuf,
    max_bytes: u64,
    /// Names what the engine can run: its version and settings, and the processor.
    engine: String,
}

impl CodeStore {
    /// Opens the folder, and makes it where it is not there. Without it components are compiled at each start.
    pub(super) fn open_or_warn(settings: &CacheSettings, engine: &Engine) -> Option<Self> {
        let folder = &settings.folder;
        own_folder(folder)
            .inspect_err(|error| warn!("compiled components are not kept in `{}`: {error}", folder.display()))
            .ok()?;
        Some(Self {
            folder: folder.clone(),
            max_bytes: settings.max_bytes,
            engine: compatibility(engine),
        })
    }

    /// The code of the component with this digest, if it is here and is what was written.
    pub(super) fn find(&self, engine: &Engine, digest: &str) -> Option<Component> {
        let path = self.path_of(digest)?;
        match verified(&path).and_then(|()| map(engine, &path)) {
            Ok(component) => {
                touch(&path);
                Some(component)
            }
            Err(error) => {
                warn!("compiled component `{}` is not used: {error:#}", path.display());
                let _ = fs::remove_file(&path);
                None
            }
        }
    }

    /// Keeps code that the engine has just made, and loads it. A folder that is full, or gone, costs the next start its time.
    pub(super) fn keep(&self, engine: &Engine, digest: &str, code: &[u8]) -> wasmtime::Result<Component> {
        match self.write(digest, code) {
            Ok(path) => {
                self.trim(&path);
                if let Some(component) = self.find(engine, digest) {
                    return Ok(component);
                }
            }
            Err(error) => warn!(
                "cannot keep a compiled component in `{}`: {error}",
                self.folder.display()
            ),
        }
        #[expect(
            unsafe_code,
            reason = "the code was made by this engine a moment ago and has not left the process"
        )]
        // SAFETY: `code` is what `precompile_component` returned.
        unsafe {
            Component::deserialize(engine, code)
        }
    }

    fn path_of(&self, digest: &str) -> Option<PathBuf> {
        let prefix = format!("{digest}-{}-", self.engine);
        let names = fs::read_dir(&self.folder).ok()?.flatten();
        let mut paths = names.map(|entry| entry.path());
        paths.find(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy());
            name.is_some_and(|name| name.starts_with(&prefix) && name.ends_with(EXTENSION))
        })
    }

    fn write(&self, digest: &str, code: &[u8]) -> io::Result<PathBuf> {
        if code.len() as u64 > self.max_bytes {
            return Err(io::Error::other("it is larger than the limit `component-cache`"));
        }
        let name = format!("{digest}-{}-{}", self.engine, text::hex(&Sha256::digest(code)));
        let draft = self.folder.join(format!("{name}.{}{DRAFT}", std::process::id()));
        let path = self.folder.join(format!("{name}{EXTENSION}"));
        // One of a process of the same number, long ago.
        let _ = fs::remove_file(&draft);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o400)
            .open(&draft)?;
        file.write_all(code)
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&draft, &path))
            .inspect_err(|_| drop(fs::remove_file(&draft)))?;
        Ok(path)
    }

    /// Removes what was unused for longest until the rest fits; drafts that somebody left, too.
    fn trim(&self, newest: &Path) {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return;
        };
        let mut files: Vec<_> = entries.flatten().filter_map(|entry| Kept::of(&entry.path())).collect();
        files.retain(|file| !file.is_abandoned() || fs::remove_file(&file.path).is_err());
        files.sort_by_key(|file| file.used);
        let mut total: u64 = files.iter().map(|file| file.bytes).sum();
        for file in files.iter().filter(|file| file.path != newest) {
            if total <= self.max_bytes {
                break;
            }
            debug!("compiled component `{}` makes room", file.path.display());
            if fs::remove_file(&file.path).is_ok() {
                total = total.saturating_sub(file.bytes);
            }
        }
    }
}

/// A file in the folder.
struct Kept {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

impl Kept {
    fn of(path: &Path) -> Option<Self> {
        let metadata = path.symlink_metadata().ok()?;
        Some(Self {
            path: path.to_owned(),
            bytes: metadata.len(),
            used: metadata.modified().ok()?,
        })
    }

    fn is_abandoned(&self) -> bool {
        let is_draft = self.path.to_string_lossy().ends_with(DRAFT);
        is_draft && self.used.elapsed().is_ok_and(|age| age.as_secs() > 3600)
    }
}

/// Makes the folder, or makes sure that nobody else can write in it.
fn own_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let metadata = fs::symlink_metadata(folder)?;
    let is_own = metadata.is_dir() && metadata.uid() == rustix::process::geteuid().as_raw();
    if !is_own || metadata.mode() & 0o077 != 0 {
        return Err(io::Error::other(
            "it is not a folder that only this user can use (mode 0700)",
        ));
    }
    Ok(())
}

/// Whether a file is what its name says.
fn verified(path: &Path) -> wasmtime::Result<()> {
    let flags = rustix::fs::OFlags::NOFOLLOW.bits();
    let mut file = OpenOptions::new()
        .read(true)
        .custom_flags(i32::try_from(flags).unwrap_or_default())
        .open(path)?;
    let metadata = file.metadata()?;
    let is_own = metadata.is_file() && metadata.uid() == rustix::process::geteuid().as_raw();
    wasmtime::ensure!(is_own && metadata.mode() & 0o022 == 0, "others could have written it");
    let digest = digest_of(&mut file)?;
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    wasmtime::ensure!(
        name.ends_with(&format!("-{digest}{EXTENSION}")),
        "its content was changed"
    );
    Ok(())
}

fn digest_of(file: &mut File) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = file.read(&mut buffer)?;
        let Some(chunk) = buffer.get(..read).filter(|chunk| !chunk.is_empty()) else {
            return Ok(text::hex(&hash.finalize()));
        };
        hash.update(chunk);
    }
}

fn map(engine: &Engine, path: &Path) -> wasmtime::Result<Component> {
    #[expect(
        unsafe_code,
        reason = "mapping code is what makes a start fast; what is mapped was verified"
    )]
    // SAFETY: the content is what an engine with the same compatibility wrote, as its digest shows, and nobody changes files in this
    // folder: they are replaced as a whole, and others cannot write in it.
    unsafe {
        Component::deserialize_file(engine, path)
    }
}

/// Remembers that it was used.
fn touch(path: &Path) {
    let touched = File::open(path).and_then(|file| file.set_modified(SystemTime::now()));
    if let Err(error) = touched {
        debug!("cannot touch `{}`: {error}", path.display());
    }
}

/// A word for everything that must be the same for code to be run: the engine's own account of it, by a hash that does not differ
/// between builds of this program.
fn compatibility(engine: &Engine) -> String {
    let mut hasher = StableHasher(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    let mut word = text::hex(&hasher.0.finalize());
    word.truncate(16);
    word
}

struct StableHasher(Sha256);

impl Hasher for StableHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Only the whole digest is asked for.
    fn finish(&self) -> u64 {
        0
    }
}

const EXTENSION: &str = ".cwasm";
const DRAFT: &str = ".new";
