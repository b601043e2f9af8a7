//! What the requests of all guests share.

use std::{path::PathBuf, sync::Arc};

use super::{
    TrustError,
    resolve::{Resolver, SystemResolver},
    tls::Tls,
};

/// Looks up and encrypts. It remembers nothing of any request: no connection, cookie or answer is used twice.
#[derive(Clone)]
pub(crate) struct HttpClient {
    pub(super) resolver: Arc<dyn Resolver>,
    pub(super) tls: Tls,
}

impl HttpClient {
    /// A client that believes the system's authorities and those in the files.
    pub(crate) fn new(ca_files: &[PathBuf]) -> Result<Self, TrustError> {
        Ok(Self {
            resolver: Arc::new(SystemResolver::new()),
            tls: Tls::load(ca_files)?,
        })
    }

    /// Looks names up in another way.
    pub(crate) fn resolving_with(self, resolver: Arc<dyn Resolver>) -> Self {
        Self { resolver, ..self }
    }
}
