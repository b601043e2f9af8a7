//! Encrypted connections to a broker.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    ClientConfig, ConfigBuilder, RootCertStore,
    client::WantsClientCert,
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
        let roots = roots(settings)?;
        let config = match &settings.identity {
            None => config(roots)?.with_no_client_auth(),
            Some((certificate, key)) => identified(
                roots,
                certificates(certificate, TlsPart::Certificate)?,
                private_key(key)?,
            )?,
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

impl TlsSettings {
    /// What is wrong with the files, all of it; a source with such settings cannot be opened.
    pub fn mistakes(&self) -> Vec<TlsError> {
        let mut mistakes = Vec::new();
        let mut keep = |error: TlsError| mistakes.push(error);
        let roots = roots(self).map_err(&mut keep).ok();
        if let Some((certificate, key)) = &self.identity {
            let chain = certificates(certificate, TlsPart::Certificate).map_err(&mut keep).ok();
            let key = private_key(key).map_err(&mut keep).ok();
            if let (Some(chain), Some(key)) = (chain, key) {
                // Whom we believe has no part in whether the two go together.
                let together = identified(roots.unwrap_or_else(RootCertStore::empty), chain, key);
                drop(together.map_err(&mut keep));
            }
        }
        mistakes
    }
}

fn config(roots: RootCertStore) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, TlsError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Setup)?;
    Ok(builder.with_root_certificates(roots))
}

/// Certificate and key must go together.
fn identified(
    roots: RootCertStore,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ClientConfig, TlsError> {
    config(roots)?
        .with_client_auth_cert(chain, key)
        .map_err(TlsError::Identity)
}

fn roots(settings: &TlsSettings) -> Result<RootCertStore, TlsError> {
    match &settings.ca_file {
        Some(file) => own_roots(file),
        None => system_roots(),
    }
}

/// The authorities of a file alone.
fn own_roots(file: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file, TlsPart::Authorities)? {
        let added = roots.add(certificate);
        added.map_err(|error| unreadable(TlsPart::Authorities, file, error))?;
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
fn certificates(file: &Path, part: TlsPart) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |error| unreadable(part, file, error);
    let text = text(file).map_err(failed)?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let certificates = read.map_err(|error| unreadable(part, file, error))?;
    if certificates.is_empty() {
        return Err(failed(io::Error::new(
            io::ErrorKind::InvalidData,
            "there is none in it",
        )));
    }
    Ok(certificates)
}

fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let text = text(file).map_err(|error| unreadable(TlsPart::Key, file, error))?;
    let read = PrivateKeyDer::from_pem_slice(&text);
    read.map_err(|error| unreadable(TlsPart::Key, file, error))
}

/// What is in a file that may have been named by mistake: a pipe would make us wait for whoever writes to it, and a device never ends.
fn text(file: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(file)?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut text = Vec::new();
    File::open(file)?.take(MAX_FILE + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MAX_FILE {
        return Err(io::Error::other(format!("it has more than {MAX_FILE} bytes")));
    }
    Ok(text)
}

fn unreadable(part: TlsPart, file: &Path, error: impl std::error::Error + Send + Sync + 'static) -> TlsError {
    TlsError::Read {
        part,
        file: file.to_owned(),
        source: error.into(),
    }
}

/// What a file of the settings is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsPart {
    /// Whom to believe.
    Authorities,
    /// Who we are.
    Certificate,
    /// The proof of that.
    Key,
}

impl fmt::Display for TlsPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authorities => "certificate authority",
            Self::Certificate => "certificate",
            Self::Key => "private key",
        })
    }
}

/// Encryption cannot be set up as the settings have it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file is not there, or is not what it should be.
    #[error("cannot read a {part} in PEM from `{file}`")]
    Read {
        /// What it should be.
        part: TlsPart,
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

impl TlsError {
    /// Which of the files it is about.
    pub fn part(&self) -> TlsPart {
        match self {
            Self::Read { part, .. } => *part,
            Self::NoAuthorities | Self::Setup(_) => TlsPart::Authorities,
            Self::Identity(_) => TlsPart::Key,
        }
    }
}

/// More than any bundle of authorities has.
const MAX_FILE: u64 = 4 << 20;
