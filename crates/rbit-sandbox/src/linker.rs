//! What guests can import.

use wasmtime::{Engine, component::Linker};
use wasmtime_wasi::p2::bindings::filesystem;

use crate::{EngineError, capability::files::Files, state::JobState};

/// Links everything a runner may import. Linking grants nothing: what a guest is given is decided per job, in `capability`.
pub(crate) fn prepare(engine: &Engine) -> Result<Linker<JobState>, EngineError> {
    let mut linker = Linker::new(engine);
    let link = |interface| {
        move |error: wasmtime::Error| EngineError::Link {
            interface,
            source: error.into_boxed_dyn_error(),
        }
    };
    wasmtime_wasi::p2::add_to_linker_async(&mut linker).map_err(link("wasi:cli"))?;
    // In place of wasmtime-wasi's own, which has no limits.
    linker.allow_shadowing(true);
    filesystem::types::add_to_linker::<JobState, Files>(&mut linker, JobState::files)
        .map_err(link("wasi:filesystem"))?;
    linker.allow_shadowing(false);
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker).map_err(link("wasi:http"))?;
    Ok(linker)
}
