//! What an operator says about the front-end.

use std::{fmt, time::Duration};

use secrecy::SecretString;

use crate::host::InvalidHost;

/// Where PyBit is, and who we are to it: the `[pybit]` section, checked by [`PybitReporter::new`](crate::PybitReporter::new).
pub struct PybitSettings {
    /// The front-end's root, `http` or `https`, with a path prefix if it has one. It overrides what messages say.
    pub url: Option<String>,
    /// Without a URL: the front-ends, each `host` or `host:port` (80 if absent), of which a message may name one.
    pub trusted_hosts: Vec<String>,
    /// Who writes. PyBit refuses writes of nobody; a proxy in front of it may know the box in another way.
    pub credentials: Option<Credentials>,
    /// The name of this box, sent with `Building`: [`BoxName::client`](rbit_job::BoxName::client).
    pub client: String,
    /// How long a connection, its TLS handshake included, may take to be made.
    pub connect_timeout: Duration,
    /// How long one exchange may take from its beginning to the last byte of the reply; also, how long one waits for its turn.
    pub timeout: Duration,
}

/// A user of the front-end, sent in Basic authentication.
#[derive(Debug)]
pub struct Credentials {
    /// The name, without `:`, which would end it.
    pub user: String,
    /// The password.
    pub password: SecretString,
}

/// Shows neither the password nor the URL, which may wrongly hold one.
impl fmt::Debug for PybitSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PybitSettings")
            .field("trusted_hosts", &self.trusted_hosts)
            .field("credentials", &self.credentials)
            .field("client", &self.client)
            .field("connect_timeout", &self.connect_timeout)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Why nothing can be told to PyBit with these settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// There is neither a URL nor a trusted host.
    #[error("neither `url` nor `trusted-hosts` says where PyBit is")]
    NoFrontEnd,
    /// The URL is not one.
    #[error("`url` is no URL")]
    Url(#[source] url::ParseError),
    /// The URL is of a kind that is not spoken, or says more than where the front-end is.
    #[error("`url` has {found}; expected `http://` or `https://`, a host, and at most a port and a path")]
    UrlParts {
        /// What it should not have.
        found: &'static str,
    },
    /// A trusted host is not one.
    #[error("`trusted-hosts` cannot be used")]
    TrustedHost(#[source] InvalidHost),
    /// The user's name cannot be sent.
    #[error("`user` has a colon or a control character, which Basic authentication cannot carry")]
    User,
    /// The system has no certificate authorities, without which no `https` front-end can be known.
    #[error("no certificate authorities were found on this system, and `url` is `https`")]
    NoAuthorities(#[source] Option<rustls_native_certs::Error>),
    /// The TLS library refused its settings.
    #[error("cannot set up TLS")]
    Tls(#[source] rustls::Error),
    /// The HTTP library refused its settings.
    #[error("cannot set up the HTTP client")]
    Client(#[source] reqwest::Error),
}
