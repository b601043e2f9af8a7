//! What guests can import.

use wasmtime::{Engine, component::Linker};

use crate::{EngineError, state::JobState};

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
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker).map_err(link("wasi:http"))?;
    Ok(linker)
}
