//! Encrypted connections to a broker.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::TlsSettings;

/// What it takes to encrypt a connection: whom to believe, and who we are.
#[derive(Clone)]
pub(crate) struct Tls(TlsConnector);

impl Tls {
    /// Reads the files that the settings name.
    pub(crate) fn load(settings: &TlsSettings) -> Result<Self, TlsError> {
        let roots = match &settings.ca_file {
            Some(file) => own_roots(file)?,
            None => system_roots()?,
        };
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Setup)?
            .with_root_certificates(roots);
        let config = match &settings.identity {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain = certificates(certificate)?;
                let read = PrivateKeyDer::from_pem_file(key);
                let read = read.map_err(|error| unreadable("private key", key, error))?;
                builder.with_client_auth_cert(chain, read).map_err(TlsError::Identity)?
            }
        };
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    /// Encrypts a connection to a node that was dialled by this name or address.
    pub(crate) async fn wrap(&self, host: &str, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(host.to_owned());
        let name = name.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        self.0.connect(name, stream).await
    }
}

/// The authorities of a file alone.
fn own_roots(file: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file)? {
        let added = roots.add(certificate);
        added.map_err(|error| unreadable("certificate authority", file, error))?;
    }
    Ok(roots)
}

/// The authorities that this system believes, or that `SSL_CERT_FILE` and `SSL_CERT_DIR` name instead.
fn system_roots() -> Result<RootCertStore, TlsError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (usable, _) = roots.add_parsable_certificates(found.certs);
    if usable == 0 {
        return Err(TlsError::NoAuthorities);
    }
    Ok(roots)
}

/// At least one.
fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certificates = read.map_err(|error| unreadable("certificate", file, error))?;
    if certificates.is_empty() {
        let none = io::Error::new(io::ErrorKind::InvalidData, "there is none in it");
        return Err(unreadable("certificate", file, none));
    }
    Ok(certificates)
}

fn unreadable(what: &'static str, file: &Path, error: impl std::error::Error + Send + Sync + 'static) -> TlsError {
    TlsError::Read {
        what,
        file: file.to_owned(),
        source: error.into(),
    }
}

/// Encryption cannot be set up as the settings have it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file is not there, or is not what it should be.
    #[error("cannot read a {what} in PEM from `{file}`")]
    Read {
        /// What it should be.
        what: &'static str,
        /// The file.
        file: PathBuf,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// This system believes nobody.
    #[error("no certificate authority is known to this system: set `ca-file` in [amqp]")]
    NoAuthorities,
    /// Certificate and key do not go together.
    #[error("certificate and key cannot be used")]
    Identity(#[source] rustls::Error),
    /// There is no way to encrypt.
    #[error("encryption cannot be set up")]
    Setup(#[source] rustls::Error),
}
