//! What the requests of all guests share.

use std::sync::Arc;

use super::{
    TrustError,
    dial::{Dial, SystemDial},
    tls::{Authorities, Tls},
};

/// Connects and encrypts. It remembers nothing of any request: no connection, cookie or answer is used twice.
#[derive(Clone)]
pub(crate) struct HttpClient {
    pub(super) dial: Arc<dyn Dial>,
    pub(super) tls: Tls,
}

impl HttpClient {
    /// A client that believes these authorities.
    pub(crate) fn new(authorities: &Authorities) -> Result<Self, TrustError> {
        Ok(Self {
            dial: Arc::new(SystemDial::default()),
            tls: Tls::believing(authorities)?,
        })
    }

    /// Takes its connections from elsewhere.
    pub(crate) fn dialling_with(self, dial: Arc<dyn Dial>) -> Self {
        Self { dial, ..self }
    }
}
