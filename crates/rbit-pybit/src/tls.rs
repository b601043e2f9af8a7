//! How `https` front-ends are known.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore, crypto::ring};

use crate::settings::SettingsError;

/// TLS that believes the certificate authorities `roots`, with ring for its cryptography. The provider is given here instead of
/// being installed for the whole process.
pub(crate) fn client_config(roots: RootCertStore) -> Result<ClientConfig, SettingsError> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(SettingsError::Tls)?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// The authorities that this system believes, or that `SSL_CERT_FILE` and `SSL_CERT_DIR` name instead.
pub(crate) fn system_roots() -> Result<RootCertStore, SettingsError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (usable, _) = roots.add_parsable_certificates(found.certs);
    if usable == 0 {
        return Err(SettingsError::NoAuthorities(found.errors.into_iter().next()));
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rbit_job::JobId;
    use rcgen::{CertifiedKey, generate_simple_self_signed};
    use rustls::{ServerConfig, pki_types::PrivateKeyDer};
    use tokio::{
        io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
        net::TcpListener,
        task::JoinHandle,
    };
    use tokio_rustls::TlsAcceptor;
    use url::Url;

    use super::*;
    use crate::{connection::Connector, front_end::FrontEnd};

    /// A front-end for one connection, and the roots by which its certificate is known. It gives back the first line it was sent.
    async fn tls_front_end() -> (FrontEnd, RootCertStore, JoinHandle<std::io::Result<String>>) {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(cert.der().clone()).unwrap();
        let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth();
        let config = config.with_single_cert(vec![cert.der().clone()], key).unwrap();

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}/pybit", listener.local_addr().unwrap().port());
        let server = tokio::spawn(async move {
            let (stream, _) = listener.accept().await?;
            let mut stream = BufReader::new(TlsAcceptor::from(Arc::new(config)).accept(stream).await?);
            let mut first = String::new();
            stream.read_line(&mut first).await?;
            stream
                .write_all(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")
                .await?;
            stream.shutdown().await?;
            Ok(first)
        });
        (FrontEnd::new(Url::parse(&url).unwrap()), roots, server)
    }

    fn connector(roots: RootCertStore) -> Connector {
        Connector::new(roots, Duration::from_secs(20), Duration::from_secs(20)).unwrap()
    }

    #[tokio::test]
    async fn a_front_end_with_a_known_certificate_is_spoken_to() {
        let (front_end, roots, server) = tls_front_end().await;
        let url = front_end.job_url(&JobId::new("4").unwrap());
        let reply = connector(roots)
            .ask(&front_end, |client| client.get(url))
            .await
            .unwrap();
        assert_eq!(reply.head.code, 200);
        assert_eq!(server.await.unwrap().unwrap(), "GET /pybit/job/4 HTTP/1.1\r\n");
    }

    #[tokio::test]
    async fn a_front_end_with_an_unknown_certificate_gets_no_request() {
        let (front_end, _, server) = tls_front_end().await;
        let connector = connector(RootCertStore::empty());
        let url = front_end.job_url(&JobId::new("4").unwrap());
        let told = connector.tell(&front_end, |client| client.put(url)).await;
        assert!(told.is_err());
        assert!(server.await.unwrap().is_err());
    }
}
