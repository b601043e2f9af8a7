//! Loading: known artifacts are found, others made, each content once.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use rbit_sandbox::{Artifact, ArtifactStore, ComponentFile, Kind, Load, LoadError, Wanted, check_pin, hex};
use sha2::{Digest as _, Sha256};
use tracing::info;

use super::compile::{self, NotCompiled};
use crate::JailSettings;

/// Makes artifacts of components.
pub(crate) struct ArtifactLoader {
    kind: Kind,
    settings: JailSettings,
    store: ArtifactStore,
    /// Held by whoever makes the artifact of this content.
    under_way: Mutex<HashMap<String, Weak<Mutex<()>>>>,
    compilations: AtomicU64,
}

impl ArtifactLoader {
    pub(crate) fn new(kind: Kind, settings: JailSettings, store: ArtifactStore) -> Self {
        Self {
            kind,
            settings,
            store,
            under_way: Mutex::default(),
            compilations: AtomicU64::new(0),
        }
    }

    /// How often a compiler was started.
    pub(crate) fn compilations(&self) -> u64 {
        self.compilations.load(Ordering::Relaxed)
    }

    fn artifact(
        &self,
        file: &ComponentFile,
        pin: Option<&str>,
        source: &[u8],
        wanted: &Wanted,
    ) -> Result<Arc<Artifact>, LoadError> {
        let digest: [u8; 32] = Sha256::digest(source).into();
        check_pin(file, pin, &digest)?;
        let digest = hex(&digest);
        let turn = self.turn(&digest);
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = self.store.find(&digest) {
            return Ok(known);
        }
        // Another file with the same content may be waited for.
        let is_given_up = || wanted.is_given_up() && Arc::strong_count(&turn) == 1;
        self.make(source, &digest, &is_given_up).map_err(|not_compiled| {
            let path = file.path().to_owned();
            match not_compiled {
                NotCompiled::Invalid(source) => LoadError::Invalid {
                    path,
                    source: Arc::new(source),
                },
                NotCompiled::Now(why) => LoadError::NoCompiler { path, why },
                NotCompiled::GivenUp => LoadError::GivenUp { path },
                NotCompiled::Keep(source) => LoadError::Keep { path, source },
            }
        })
    }

    fn make(&self, source: &[u8], digest: &str, is_given_up: &dyn Fn() -> bool) -> Result<Arc<Artifact>, NotCompiled> {
        self.compilations.fetch_add(1, Ordering::Relaxed);
        let start = Instant::now();
        let mut staged = self.store.stage().map_err(NotCompiled::Keep)?;
        let mut info = compile::compile(&self.settings, self.kind, source, &mut staged, is_given_up)?;
        // What it is called is not for the child to say.
        digest.clone_into(&mut info.sha256);
        info.size = source.len() as u64;
        info.kind = self.kind;
        let artifact_bytes = staged.size();
        let artifact = self.store.keep(staged, info).map_err(NotCompiled::Keep)?;
        compile::try_out(&self.settings, &artifact).inspect_err(|_| self.store.discard(digest))?;
        let (bytes, duration_ms) = (source.len(), start.elapsed().as_millis());
        info!(component.sha256 = %digest, component.bytes = bytes, artifact_bytes, duration_ms, "component compiled");
        Ok(artifact)
    }

    fn turn(&self, digest: &str) -> Arc<Mutex<()>> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = under_way.get(digest).and_then(Weak::upgrade) {
            return turn;
        }
        under_way.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::new(Mutex::new(()));
        under_way.insert(digest.to_owned(), Arc::downgrade(&turn));
        turn
    }
}

impl Load for ArtifactLoader {
    type Loaded = Arc<Artifact>;

    fn load(&self, file: &mut ComponentFile, pin: Option<&str>, wanted: &Wanted) -> Result<Arc<Artifact>, LoadError> {
        let source = file.read(self.settings.guests.component_size)?;
        self.artifact(file, pin, &source, wanted)
    }
}
