//! From bytes to a runner: encode, compile, link, check.

use std::{
    any::Any,
    collections::HashMap,
    panic::{self, AssertUnwindSafe},
    path::Path,
    sync::{
        Arc, Mutex, OnceLock, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};
use tracing::{info, warn};
use wasmparser::Parser;
use wasmtime::Engine;

use super::{
    ComponentInfo, InvalidComponent, Kind, LoadError,
    cache::Load,
    debug_info, encode,
    entry::{Code, Entry},
    file::ComponentFile,
    function_sizes,
    store::ArtifactStore,
    turns::{Turn, Turns},
    wanted::Wanted,
};
use crate::{SandboxSettings, linker::Linkers, panic_text::panic_text, text};

/// A runner or a command that imports only what is offered: all but instantiated.
pub(crate) struct Runner {
    pub(crate) entry: Entry,
    pub(crate) engine: Engine,
    pub(crate) info: ComponentInfo,
}

impl Runner {
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }
}

/// What loads runners, and what loads commands. They share the compiler's turns.
pub(crate) fn loaders(linkers: Linkers, settings: &SandboxSettings) -> (Loader, Loader) {
    let (linkers, turns) = (Arc::new(linkers), Turns::new(MAX_COMPILERS));
    let loader = |kind| Loader::new(kind, linkers.clone(), turns.clone(), settings);
    (loader(Kind::Runner), loader(Kind::Command))
}

/// Compiles each content once, however many files have it and however many jobs ask at the same time.
pub(crate) struct Loader {
    compiler: Arc<Compiler>,
    max_size: u64,
    compile_time: Duration,
    turns: Arc<Turns>,
    /// What is in use, by digest. What nobody uses any more is forgotten.
    by_digest: Mutex<HashMap<[u8; 32], Weak<Compiled>>>,
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
    fn new(kind: Kind, linkers: Arc<Linkers>, turns: Arc<Turns>, settings: &SandboxSettings) -> Self {
        let store = settings
            .cache
            .as_ref()
            .and_then(|cache| ArtifactStore::open_or_warn(cache, linkers.engine(), kind));
        Self {
            compiler: Arc::new(Compiler {
                kind,
                linkers,
                store,
                compilations: AtomicU64::new(0),
            }),
            max_size: settings.component_size,
            compile_time: settings.compile_time,
            turns,
            by_digest: Mutex::default(),
        }
    }

    /// How often the compiler was run.
    pub(crate) fn compilations(&self) -> u64 {
        self.compiler.compilations.load(Ordering::Relaxed)
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

    /// The compiler cannot be interrupted. One that is not done in time is left to end by itself, keeps its turn until then, and
    /// nobody waits for it.
    fn compile_in_time(
        &self,
        bytes: Vec<u8>,
        digest: [u8; 32],
        turn: Turn,
    ) -> Result<Arc<Runner>, Arc<InvalidComponent>> {
        let (done, compiled) = mpsc::channel();
        let compiler = self.compiler.clone();
        let compile = move || {
            let result = compiler.compile_guarded(&bytes, &digest);
            drop((turn, compiler));
            // Nobody listens any more if it took too long.
            let _ = done.send(result);
        };
        let limit = self.compile_time;
        thread::Builder::new()
            .name("compiler".into())
            .spawn(compile)
            .map_err(|error| Arc::new(InvalidComponent::Compile(error.into())))?;
        match compiled.recv_timeout(limit) {
            Ok(result) => result.map(Arc::new).map_err(Arc::new),
            Err(_) => Err(Arc::new(InvalidComponent::TooSlow { limit })),
        }
    }
}

impl Load for Loader {
    type Loaded = Loaded;

    /// Reads the file and compiles what is in it. The compiler goes on also when nobody wants it any more: it cannot be interrupted here.
    fn load(&self, file: &mut ComponentFile, pin: Option<&str>, _: &Wanted) -> Result<Loaded, LoadError> {
        let bytes = file.read(self.max_size)?;
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        check_pin(file, pin, &digest)?;
        let compiled = self.entry(digest);
        let result = match compiled.get() {
            Some(result) => result.clone(),
            None => {
                let turn = self.turns.take(self.compile_time).ok_or_else(|| LoadError::Busy {
                    path: file.path().to_owned(),
                })?;
                compiled
                    .get_or_init(|| self.compile_in_time(bytes, digest, turn))
                    .clone()
            }
        };
        match result {
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

/// What turns bytes into a runner, or a command.
struct Compiler {
    kind: Kind,
    linkers: Arc<Linkers>,
    /// What was compiled before.
    store: Option<ArtifactStore>,
    compilations: AtomicU64,
}

impl Compiler {
    fn engine(&self) -> &Engine {
        self.linkers.engine()
    }

    fn compile_guarded(&self, bytes: &[u8], digest: &[u8; 32]) -> Result<Runner, InvalidComponent> {
        // What compilers are fed here is anybody's, and a panic of theirs must cost this file only.
        panic::catch_unwind(AssertUnwindSafe(|| self.runner(bytes, digest)))
            .unwrap_or_else(|panic: Box<dyn Any + Send>| Err(InvalidComponent::Crash(panic_text(panic.as_ref()))))
    }

    fn runner(&self, bytes: &[u8], digest: &[u8; 32]) -> Result<Runner, InvalidComponent> {
        let start = Instant::now();
        let (runner, how) = match self.known(digest) {
            Some(runner) => (runner, "component loaded"),
            None => (self.compile(bytes, digest)?, "component compiled"),
        };
        let (info, duration_ms) = (&runner.info, start.elapsed().as_millis());
        info!(component.sha256 = %info.sha256, component.bytes = info.size, duration_ms, "{how}");
        Ok(runner)
    }

    /// What was made of this content before.
    fn known(&self, digest: &[u8; 32]) -> Option<Runner> {
        let artifact = self.store.as_ref()?.find(&text::hex(digest))?;
        let loaded = map(self.engine(), &artifact.path).map_err(InvalidComponent::Compile);
        let entry = loaded.and_then(|code| code.link(&self.linkers, self.kind));
        let entry =
            entry.inspect_err(|error| warn!("compiled component `{}` is not used: {error}", artifact.path.display()));
        Some(Runner {
            entry: entry.ok()?,
            engine: self.engine().clone(),
            info: artifact.info.clone(),
        })
    }

    fn compile(&self, bytes: &[u8], digest: &[u8; 32]) -> Result<Runner, InvalidComponent> {
        let binary = encode::binary(self.engine(), bytes, self.kind)?;
        function_sizes::check(&binary)?;
        debug_info::check(&binary)?;
        self.compilations.fetch_add(1, Ordering::Relaxed);
        let compiled = |error| InvalidComponent::Compile(boxed(error));
        let Some(store) = &self.store else {
            let code = Code::compile(self.engine(), &binary).map_err(compiled)?;
            return self.describe(&code, bytes, digest);
        };
        let artifact = Code::precompile(self.engine(), &binary).map_err(compiled)?;
        #[expect(
            unsafe_code,
            reason = "the code was made by this engine a moment ago and has not left the process"
        )]
        // SAFETY: `artifact` is what `precompile` returned.
        let code = unsafe { Code::deserialize(self.engine(), &artifact) }.map_err(compiled)?;
        let runner = self.describe(&code, bytes, digest)?;
        // A folder that is full, or gone, costs the next start its time.
        if let Err(error) = store.keep_bytes(&artifact, &runner.info) {
            warn!("cannot keep a compiled component: {error}");
        }
        Ok(runner)
    }

    fn describe(&self, code: &Code, bytes: &[u8], digest: &[u8; 32]) -> Result<Runner, InvalidComponent> {
        Ok(Runner {
            entry: code.link(&self.linkers, self.kind)?,
            engine: self.engine().clone(),
            info: describe(self.engine(), code, self.kind, bytes, digest),
        })
    }
}

/// Compares what was found with what was asked for.
pub fn check_pin(file: &ComponentFile, pin: Option<&str>, digest: &[u8; 32]) -> Result<(), LoadError> {
    let found = text::hex(digest);
    match pin {
        Some(expected) if expected != found => Err(LoadError::Pinned {
            path: file.path().to_owned(),
            expected: expected.to_owned(),
            found,
        }),
        _ => Ok(()),
    }
}

fn map(engine: &Engine, path: &Path) -> Result<Code, Box<dyn std::error::Error + Send + Sync>> {
    #[expect(
        unsafe_code,
        reason = "mapping code is what makes a start fast; what is mapped was verified"
    )]
    // SAFETY: the content is what an engine with the same compatibility wrote, as its digest shows, and nobody changes files in this
    // folder: they are replaced as a whole, and others cannot write in it.
    unsafe { Code::map(engine, path) }.map_err(boxed)
}

/// What the code that was compiled from `bytes` is.
pub(super) fn describe(engine: &Engine, code: &Code, kind: Kind, bytes: &[u8], digest: &[u8; 32]) -> ComponentInfo {
    ComponentInfo {
        sha256: text::hex(digest),
        size: bytes.len() as u64,
        is_core_module: Parser::is_core_wasm(bytes),
        kind,
        imports: code.imports(engine),
    }
}

pub(super) fn boxed(error: wasmtime::Error) -> Box<dyn std::error::Error + Send + Sync> {
    error.into_boxed_dyn_error()
}

/// Components that are compiled at the same time, those that nobody waits for any more included.
const MAX_COMPILERS: usize = 2;
