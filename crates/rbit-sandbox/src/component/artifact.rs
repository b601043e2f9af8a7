//! What was compiled elsewhere, loaded to be run.

use std::{path::Path, sync::Arc};

use wasmtime::Engine;

use super::{
    ComponentInfo, InvalidComponent, Kind,
    entry::Code,
    loader::{Runner, boxed},
};
use crate::{Authorities, EngineError, SandboxSettings, capability::http::HttpClient, engine, guest, linker};

/// A component that is ready to be run in a process without a compiler, and has not started a thread yet: what a process gives up
/// before its first thread, it has given up for all of them.
pub struct Precompiled {
    pub(crate) runner: Arc<Runner>,
    pub(crate) engine: Engine,
    pub(crate) settings: SandboxSettings,
    pub(crate) client: Option<HttpClient>,
}

/// Why an artifact cannot be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArtifactError {
    /// There is no engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// It is none, or one of another engine.
    #[error("the artifact cannot be loaded")]
    Load(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It was made of something else than it is taken for.
    #[error("the artifact is not of its kind")]
    Link(#[source] InvalidComponent),
}

impl Precompiled {
    /// Maps the artifact in a file.
    ///
    /// # Safety
    ///
    /// What is in the file is executed. It must be what [`Compiler::compile`](super::Compiler::compile) returned, and nobody may
    /// change it as long as it is in use.
    #[expect(unsafe_code, reason = "compiled code is believed")]
    pub unsafe fn load(settings: SandboxSettings, artifact: &Path, kind: Kind) -> Result<Self, ArtifactError> {
        let engine = engine::without_compiler(&settings)?;
        let linkers = linker::prepare(&engine)?;
        // SAFETY: the caller's promise.
        let code = unsafe { Code::map(&engine, artifact) };
        let code = code.map_err(|error| ArtifactError::Load(boxed(error)))?;
        let entry = code.link(&linkers, kind).map_err(ArtifactError::Link)?;
        // Who has an artifact was told about its component when it was made.
        let info = ComponentInfo::default();
        let runner = Arc::new(Runner {
            entry,
            engine: engine.clone(),
            info,
        });
        Ok(Self {
            runner,
            engine,
            settings,
            client: None,
        })
    }

    /// With requests to hosts that show a certificate of these authorities. Without, there are no requests.
    pub fn believing(self, authorities: &Authorities) -> Result<Self, EngineError> {
        let client = HttpClient::new(authorities).map_err(EngineError::Trust)?;
        // The library makes itself a pair of sockets with the first runtime of a process, for all of them.
        drop(guest::runtime(true).map_err(EngineError::Runtime)?);
        Ok(Self {
            client: Some(client),
            ..self
        })
    }
}
