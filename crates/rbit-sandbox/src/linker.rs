//! What guests can import.

use wasmtime::{Engine, component::Linker};
use wasmtime_wasi::p2::bindings::{
    filesystem,
    random::{insecure, random},
};

use crate::{
    EngineError,
    capability::{
        files::{Files, add_preview1_to_linker},
        http,
        random::Random,
    },
    state::JobState,
};

/// Everything that guests may import. Linking grants nothing: what a guest is given is decided per job, in `capability`.
pub(crate) struct Linkers {
    /// For runners, and for commands that are components.
    pub(crate) components: Linker<JobState>,
    /// For commands that are core modules.
    pub(crate) modules: wasmtime::Linker<JobState>,
}

impl Linkers {
    pub(crate) fn engine(&self) -> &Engine {
        self.components.engine()
    }
}

/// Links all of it.
pub(crate) fn prepare(engine: &Engine) -> Result<Linkers, EngineError> {
    let mut modules = wasmtime::Linker::new(engine);
    add_preview1_to_linker(&mut modules).map_err(link("wasi_snapshot_preview1"))?;
    Ok(Linkers {
        components: for_components(engine)?,
        modules,
    })
}

fn link(interface: &'static str) -> impl FnOnce(wasmtime::Error) -> EngineError {
    move |error| EngineError::Link {
        interface,
        source: error.into_boxed_dyn_error(),
    }
}

fn for_components(engine: &Engine) -> Result<Linker<JobState>, EngineError> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker).map_err(link("wasi:cli"))?;
    // In place of wasmtime-wasi's own, which have no limits, or tell nobody what was used of them.
    linker.allow_shadowing(true);
    filesystem::types::add_to_linker::<JobState, Files>(&mut linker, JobState::files)
        .map_err(link("wasi:filesystem"))?;
    filesystem::preopens::add_to_linker::<JobState, Files>(&mut linker, JobState::files)
        .map_err(link("wasi:filesystem"))?;
    random::add_to_linker::<JobState, Random>(&mut linker, JobState::random).map_err(link("wasi:random"))?;
    insecure::add_to_linker::<JobState, Random>(&mut linker, JobState::random).map_err(link("wasi:random"))?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker).map_err(link("wasi:http"))?;
    http::bound(&mut linker).map_err(link("wasi:http"))?;
    linker.allow_shadowing(false);
    Ok(linker)
}
