//! Brokers with TLS, on a node of this file's own.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use rbit_amqp::{Admin, AdminError, AmqpSettings, ConnectError, TlsError, TlsPart, TlsSettings};
use rbit_testkit::{PrivateBroker, private_broker::free_port};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair};
use tempfile::TempDir;

use crate::world::{World, open, take};

#[tokio::test]
async fn both_sides_of_an_encrypted_connection_know_each_other_and_strangers_are_told_why_not() -> anyhow::Result<()> {
    let files = Files::make()?;
    let (listener, port) = free_port()?;
    drop(listener);
    let node = PrivateBroker::start(&files.configuration(port))?;
    let world = World::at(node.broker()).await?;
    let queue = world.queue_with(b"job").await?;
    let plain = world.settings.nodes[0].1;

    let known = TlsSettings {
        ca_file: Some(files.path("ca.pem")),
        identity: Some((files.path("client.pem"), files.path("client-key.pem"))),
    };
    Admin::connect(&at(&world, port, Some(&known))).await?.close().await;
    let mut source = open(at(&world, port, Some(&known)), &[&queue])?;
    ensure!(take(&mut source).await?.body == b"job");

    let error = refusal(&at(&world, port, None)).await?;
    // The broker says what it wants and ends the connection, so that what it said may not arrive.
    ensure!(
        matches!(error, ConnectError::NotAmqp { .. } | ConnectError::Unreachable { .. })
            && error.help().contains("tls = yes"),
        "{error:?}"
    );
    let error = refusal(&at(&world, plain, Some(&known))).await?;
    ensure!(
        matches!(error, ConnectError::NotTls { .. }) && error.help().contains("tls = no"),
        "{error:?}"
    );
    let other_authority = TlsSettings {
        ca_file: Some(files.path("other-ca.pem")),
        ..known.clone()
    };
    let error = refusal(&at(&world, port, Some(&other_authority))).await?;
    ensure!(
        matches!(error, ConnectError::Untrusted { .. }) && error.help().contains("ca-file"),
        "{error:?}"
    );
    let nobody = TlsSettings {
        identity: None,
        ..known.clone()
    };
    let error = refusal(&at(&world, port, Some(&nobody))).await?;
    ensure!(!matches!(error, ConnectError::Silent { .. }), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn a_file_that_is_missing_or_no_certificate_is_found_before_a_connection_is_made() -> anyhow::Result<()> {
    let world = World::new().await?;
    let files = Files::make()?;
    for name in ["nowhere.pem", "client-key.pem"] {
        let tls = TlsSettings {
            ca_file: Some(files.path(name)),
            identity: None,
        };
        let error = Admin::connect(&at(&world, 1, Some(&tls)))
            .await
            .err()
            .context("nothing to trust")?;
        let AdminError::Tls(error @ TlsError::Read { .. }) = &error else {
            anyhow::bail!("{error:?}");
        };
        ensure!(error.to_string().contains(name), "{error}");
    }
    Ok(())
}

#[test]
fn all_files_that_cannot_be_used_are_named_at_once() -> anyhow::Result<()> {
    use TlsPart::{Authorities, Certificate, Key};
    let files = Files::make()?;
    fs::write(files.path("empty.pem"), "")?;
    let table: [([&str; 3], &[TlsPart]); 6] = [
        (["ca.pem", "client.pem", "client-key.pem"], &[]),
        (
            ["nowhere.pem", "nowhere.pem", "nowhere.pem"],
            &[Authorities, Certificate, Key],
        ),
        (
            ["client-key.pem", "client-key.pem", "client.pem"],
            &[Authorities, Certificate, Key],
        ),
        (["empty.pem", "client.pem", "."], &[Authorities, Key]),
        // One that belongs to another certificate.
        (["ca.pem", "client.pem", "server-key.pem"], &[Key]),
        (["empty.pem", "client.pem", "server-key.pem"], &[Authorities, Key]),
    ];
    for (names, expected) in table {
        let [ca, certificate, key] = names.map(|name| files.path(name));
        let settings = TlsSettings {
            ca_file: Some(ca),
            identity: Some((certificate, key)),
        };
        let parts: Vec<_> = settings.mistakes().iter().map(TlsError::part).collect();
        ensure!(parts == expected, "{names:?}: {:?}", settings.mistakes());
    }
    Ok(())
}

fn at(world: &World, port: u16, tls: Option<&TlsSettings>) -> AmqpSettings {
    AmqpSettings {
        nodes: vec![("localhost".into(), port)],
        tls: tls.cloned(),
        ..world.settings.clone()
    }
}

async fn refusal(settings: &AmqpSettings) -> anyhow::Result<ConnectError> {
    match Admin::connect(settings).await.err() {
        Some(AdminError::Connect(error)) => Ok(error),
        other => anyhow::bail!("expected that the connection fails, got {other:?}"),
    }
}

/// Certificates and keys in a folder.
struct Files(TempDir);

impl Files {
    fn make() -> anyhow::Result<Self> {
        let files = Self(tempfile::tempdir()?);
        let authority = authority("authority")?;
        fs::write(files.path("ca.pem"), authority.pem())?;
        fs::write(files.path("other-ca.pem"), self::authority("other authority")?.pem())?;
        for name in ["server", "client"] {
            let key = KeyPair::generate()?;
            let certificate = params(name, vec!["localhost".into()])?.signed_by(&key, &authority)?;
            fs::write(files.path(&format!("{name}.pem")), certificate.pem())?;
            fs::write(files.path(&format!("{name}-key.pem")), key.serialize_pem())?;
        }
        Ok(files)
    }

    fn path(&self, name: &str) -> PathBuf {
        Path::new(self.0.path()).join(name)
    }

    fn configuration(&self, port: u16) -> String {
        let file = |name| self.path(name).display().to_string();
        format!(
            "listeners.ssl.1 = 127.0.0.1:{port}\nssl_options.cacertfile = {}\nssl_options.certfile = {}\n\
             ssl_options.keyfile = {}\nssl_options.verify = verify_peer\nssl_options.fail_if_no_peer_cert = true\n",
            file("ca.pem"),
            file("server.pem"),
            file("server-key.pem"),
        )
    }
}

fn authority(name: &str) -> anyhow::Result<CertifiedIssuer<'static, KeyPair>> {
    let mut params = params(name, Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

/// A certificate whose subject is not its issuer's: otherwise it would seem to have signed itself.
fn params(name: &str, hosts: Vec<String>) -> anyhow::Result<CertificateParams> {
    let mut params = CertificateParams::new(hosts)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    Ok(params)
}
