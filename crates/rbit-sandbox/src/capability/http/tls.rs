//! Encryption: whom guests' requests believe.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rbit_job::http::Host;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use wasmtime_wasi_http::Error;

/// Why the authorities that are to be believed cannot be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// A file that `http-ca` names.
    #[error("cannot read certificates from `{file}`")]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The library cannot be used as it was built.
    #[error("cannot set up encryption")]
    Setup(#[source] rustls::Error),
}

/// Whom guests' requests believe.
#[derive(Clone, Debug)]
pub struct Authorities(RootCertStore, Vec<Vec<u8>>);

impl Authorities {
    /// The system's, and those in the files. A system without any is a box for plain HTTP, or for its own.
    pub fn load(files: &[PathBuf]) -> Result<Self, TrustError> {
        let mut this = Self(RootCertStore::empty(), Vec::new());
        for certificate in rustls_native_certs::load_native_certs().certs {
            // What the library cannot use, nobody else can.
            let _ = this.add(certificate);
        }
        for file in files {
            for certificate in certificates(file)? {
                this.add(certificate).map_err(|error| unreadable(file, error))?;
            }
        }
        Ok(this)
    }

    /// Those that another process has loaded.
    pub fn of(certificates: Vec<Vec<u8>>) -> Self {
        let mut this = Self(RootCertStore::empty(), Vec::new());
        for certificate in certificates {
            let _ = this.add(certificate.into());
        }
        this
    }

    /// The certificate of each, in DER.
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.1
    }

    fn add(&mut self, certificate: CertificateDer<'static>) -> Result<(), rustls::Error> {
        self.1.push(certificate.to_vec());
        self.0.add(certificate).inspect_err(|_| drop(self.1.pop()))
    }
}

/// What it takes to encrypt a connection.
#[derive(Clone)]
pub(super) struct Tls(TlsConnector);

impl Tls {
    /// Believes these authorities.
    pub(super) fn believing(authorities: &Authorities) -> Result<Self, TrustError> {
        let roots = authorities.0.clone();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(TrustError::Setup)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    /// Encrypts a connection to a host, which has to show that it is this one.
    pub(super) async fn wrap(&self, host: &Host, stream: TcpStream) -> Result<TlsStream<TcpStream>, Error> {
        let name = match host {
            Host::Address(address) => ServerName::from(*address),
            Host::Name(name) => ServerName::try_from(name.clone()).map_err(|_| Error::TlsCertificateError)?,
        };
        self.0.connect(name, stream).await.map_err(|error| untrusted(&error))
    }
}

fn untrusted(error: &io::Error) -> Error {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    match cause {
        Some(rustls::Error::InvalidCertificate(_)) => Error::TlsCertificateError,
        Some(rustls::Error::AlertReceived(alert)) => Error::TlsAlertReceived {
            alert_id: Some((*alert).into()),
            alert_message: None,
        },
        _ => Error::TlsProtocolError,
    }
}

/// At least one.
fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certificates = read.map_err(|error| unreadable(file, error))?;
    match certificates.is_empty() {
        true => Err(unreadable(file, "there is none in it")),
        false => Ok(certificates),
    }
}

fn unreadable(file: &Path, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> TrustError {
    TrustError::File {
        file: file.to_owned(),
        source: error.into(),
    }
}
