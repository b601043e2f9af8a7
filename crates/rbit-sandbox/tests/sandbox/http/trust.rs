//! Whom guests' requests believe.

use rbit_sandbox::SandboxSettings;

use super::{
    Names, fetches, grant,
    server::{Answer, Server},
    told,
};
use crate::{subject::subject, suite::bench::Bench};

#[tokio::test]
async fn an_authority_of_the_configuration_is_believed_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let (server, authority) = Server::start_encrypted("cnx.test", Answer::Text("hello")).await;
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, authority).unwrap();
    for (http_ca, name, line) in [
        (vec![file.clone()], "cnx.test", "200 5 hello"),
        (vec![file], "other.test", "error: ErrorCode::TlsCertificateError"),
        (vec![], "cnx.test", "error: ErrorCode::TlsCertificateError"),
    ] {
        let mut bench = Bench::with(SandboxSettings {
            max_memory: 256 << 20,
            http_ca: Some(http_ca),
            ..SandboxSettings::default()
        });
        bench.sandbox = bench.sandbox.resolving_with(Names::saying(&[&["127.0.0.1"]]));
        let mut plan = fetches(&bench, &server, &format!("GET https {name}:PORT /"), &[]);
        plan.http = Some(grant(
            &format!("https://{name}:{}", server.port()),
            &["*.test=127.0.0.1"],
        ));
        let execution = bench.run(&plan).await;
        assert_eq!(told(&bench, &execution), [line]);
    }
    // The name that was asked for is the one that is spoken to.
    assert_eq!(server.server_names(), ["cnx.test", "other.test", "cnx.test"]);
}

#[test]
fn a_file_without_certificates_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, "nothing").unwrap();
    let settings = SandboxSettings {
        http_ca: Some(vec![file.clone()]),
        ..SandboxSettings::default()
    };
    let error = subject(settings, folder.path()).err().unwrap();
    let error = rbit_job::error_chain(&*error);
    assert!(
        error.contains(&format!("cannot read certificates from `{}`", file.display())),
        "{error}"
    );
}
