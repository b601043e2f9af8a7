//! From bytes to a runner: encode, compile, link, check.

use std::{
    any::Any,
    collections::HashMap,
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc, Mutex, OnceLock, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use sha2::{Digest, Sha256};
use tracing::info;
use wasmparser::Parser;
use wasmtime::{
    Engine,
    component::{Component, Linker},
};

use super::{ComponentInfo, InvalidComponent, LoadError, cache::Load, encode, file::ComponentFile};
use crate::{bindings::RunnerPre, panic_text::panic_text, state::JobState, text};

/// A component that exports what a runner does and imports only what is offered: all but instantiated.
pub(crate) struct Runner {
    pub(crate) pre: RunnerPre<JobState>,
    pub(crate) info: ComponentInfo,
}

/// Compiles each content once, however many files have it and however many jobs ask at the same time.
pub(crate) struct Loader {
    linker: Linker<JobState>,
    /// What is in use, by digest. What nobody uses any more is forgotten.
    by_digest: Mutex<HashMap<[u8; 32], Weak<Compiled>>>,
    compilations: AtomicU64,
}

/// Compiled, being compiled by whoever got here first, or found wrong.
type Compiled = OnceLock<Result<Arc<Runner>, Arc<InvalidComponent>>>;

/// What a file holds. As long as it is kept, the same content is not compiled again.
#[derive(Clone)]
pub(crate) struct Loaded {
    pub(crate) runner: Arc<Runner>,
    _compiled: Arc<Compiled>,
}

impl Loader {
    pub(crate) fn new(linker: Linker<JobState>) -> Self {
        Self {
            linker,
            by_digest: Mutex::default(),
            compilations: AtomicU64::new(0),
        }
    }

    pub(crate) fn engine(&self) -> &Engine {
        self.linker.engine()
    }

    /// How often the compiler was run.
    pub(crate) fn compilations(&self) -> u64 {
        self.compilations.load(Ordering::Relaxed)
    }

    fn entry(&self, digest: [u8; 32]) -> Arc<Compiled> {
        let mut by_digest = self.by_digest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiled) = by_digest.get(&digest).and_then(Weak::upgrade) {
            return compiled;
        }
        by_digest.retain(|_, compiled| compiled.strong_count() > 0);
        let compiled = Arc::new(Compiled::new());
        by_digest.insert(digest, Arc::downgrade(&compiled));
        compiled
    }

    fn compile_guarded(&self, bytes: &[u8], digest: &[u8; 32]) -> Result<Arc<Runner>, Arc<InvalidComponent>> {
        // What compilers are fed here is anybody's, and a panic of theirs must cost this file only.
        panic::catch_unwind(AssertUnwindSafe(|| self.compile(bytes, digest)))
            .unwrap_or_else(|panic: Box<dyn Any + Send>| Err(InvalidComponent::Crash(panic_text(panic.as_ref()))))
            .map(Arc::new)
            .map_err(Arc::new)
    }

    fn compile(&self, bytes: &[u8], digest: &[u8; 32]) -> Result<Runner, InvalidComponent> {
        let binary = encode::component(bytes)?;
        self.compilations.fetch_add(1, Ordering::Relaxed);
        let start = Instant::now();
        let component =
            Component::new(self.engine(), &binary).map_err(|error| InvalidComponent::Compile(boxed(error)))?;
        let pre = link(&self.linker, &component)?;
        let info = describe(self.engine(), &component, bytes, digest);
        let duration_ms = start.elapsed().as_millis();
        info!(component.sha256 = %info.sha256, component.bytes = info.size, duration_ms, "component compiled");
        Ok(Runner { pre, info })
    }
}

impl Load for Loader {
    type Loaded = Loaded;

    /// Reads the file and compiles what is in it.
    fn load(&self, file: &mut ComponentFile) -> Result<Loaded, LoadError> {
        let bytes = file.read()?;
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        let compiled = self.entry(digest);
        match compiled.get_or_init(|| self.compile_guarded(&bytes, &digest)).clone() {
            Ok(runner) => Ok(Loaded {
                runner,
                _compiled: compiled,
            }),
            Err(source) => Err(LoadError::Invalid {
                path: file.path().to_owned(),
                source,
            }),
        }
    }
}

/// Everything but the instance, or what the component wants that there is not, or lacks that a runner has.
pub(super) fn link(linker: &Linker<JobState>, component: &Component) -> Result<RunnerPre<JobState>, InvalidComponent> {
    let pre = linker
        .instantiate_pre(component)
        .map_err(|error| InvalidComponent::Imports(boxed(error)))?;
    RunnerPre::new(pre).map_err(|error| InvalidComponent::Exports {
        exports: exports(linker.engine(), component),
        source: boxed(error),
    })
}

/// What the component that was compiled from `bytes` is.
pub(super) fn describe(engine: &Engine, component: &Component, bytes: &[u8], digest: &[u8; 32]) -> ComponentInfo {
    ComponentInfo {
        sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        size: bytes.len() as u64,
        is_core_module: Parser::is_core_wasm(bytes),
        imports: imports(engine, component),
    }
}

fn imports(engine: &Engine, component: &Component) -> Vec<String> {
    let component = component.component_type();
    let mut names: Vec<_> = component.imports(engine).map(|(name, _)| printable(name)).collect();
    names.sort();
    names
}

fn exports(engine: &Engine, component: &Component) -> String {
    let component = component.component_type();
    let names: Vec<_> = component
        .exports(engine)
        .take(MAX_SHOWN)
        .map(|(name, _)| format!("`{}`", printable(name)))
        .collect();
    if names.is_empty() {
        "nothing".into()
    } else {
        names.join(", ")
    }
}

pub(super) fn boxed(error: wasmtime::Error) -> Box<dyn std::error::Error + Send + Sync> {
    error.into_boxed_dyn_error()
}

fn printable(name: &str) -> String {
    text::printable(name, MAX_NAME)
}

/// Exports that an error names.
const MAX_SHOWN: usize = 8;
/// Bytes of one name.
const MAX_NAME: usize = 200;
