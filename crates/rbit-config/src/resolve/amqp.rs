//! `[amqp]`, and whether it is the source.

use std::time::Duration;

use rbit_job::Runner;

use super::secrets;
use crate::{
    AmqpSettings, Endpoint, Origin, Problem, QueueSettings, Source, TlsFile, TlsSettings, TlsWrong,
    keys::{
        amqp::{
            ACK_TIMEOUT, CA_FILE, CERT_FILE, DECLARE, EVENTS, HEARTBEAT, HOST, HOSTS, KEY_FILE, PASSWORD, PORT, TLS,
            USER, VIRTUAL_HOST,
        },
        general::{SOURCE, SourceKind},
    },
    problem::{Wrong, shown},
    reader::{Derived, Reader, SectionReader},
    value::path::from_folder,
};

/// Where jobs come from. `[amqp]` is checked even where it is not used.
pub(super) fn source(reader: &mut Reader<'_>) -> Option<Source> {
    let has_broker = reader.raw.section("amqp").is_some();
    let (value, shown) = if has_broker {
        (SourceKind::Amqp, "amqp")
    } else {
        (SourceKind::Local, "local")
    };
    let default = || Derived {
        value,
        shown: shown.to_owned(),
        origin: Origin::Default,
    };
    let source = reader.section("rbit").read_or(&SOURCE, default);
    let wants_broker = source == Some(SourceKind::Amqp);
    let amqp = if has_broker || wants_broker {
        resolve(reader)
    } else {
        None
    };
    match source? {
        SourceKind::Amqp => amqp.map(|amqp| Source::Amqp(Box::new(amqp))),
        SourceKind::Local => Some(Source::Local),
    }
}

fn resolve(reader: &mut Reader<'_>) -> Option<AmqpSettings> {
    let mut section = reader.section("amqp");
    let tls = tls(&mut section);
    let endpoints = endpoints(&mut section, matches!(tls, Some(Some(_))));
    let user = section.read(&USER);
    let password = section.read(&PASSWORD);
    secrets::note_short_password(&mut section, &PASSWORD, password.as_ref());
    let virtual_host = section.read(&VIRTUAL_HOST);
    let heartbeat = section.read(&HEARTBEAT);
    let ack_timeout = section.read(&ACK_TIMEOUT);
    let declare = section.read(&DECLARE);
    let events = section.find(&EVENTS);
    Some(AmqpSettings {
        endpoints: endpoints?,
        tls: tls?,
        user: user?,
        password: password?,
        virtual_host: virtual_host?,
        heartbeat: heartbeat?,
        ack_timeout: ack_timeout?,
        declare: declare?,
        events,
    })
}

/// Says what becomes of jobs that may take longer than the broker waits: it is no mistake.
pub(super) fn note_long_jobs(
    reader: &mut Reader<'_>,
    amqp: &AmqpSettings,
    queues: &[QueueSettings],
    runners: &[Runner],
    drain_timeout: Option<Duration>,
) {
    let serves = |runner: &&Runner| queues.iter().any(|queue| queue.runner == runner.name);
    let slowest = runners.iter().filter(serves).max_by_key(|runner| runner.limits.timeout);
    let Some(runner) = slowest else { return };
    let longest = runner.limits.timeout.saturating_add(drain_timeout.unwrap_or_default());
    if longest <= amqp.ack_timeout {
        return;
    }
    let section = reader.section("amqp");
    let origin = section
        .origin_of(&ACK_TIMEOUT)
        .unwrap_or_else(|| section.origin.clone());
    let note = Wrong::note(format!(
        "a job of runner {} may take {longest:?} with `drain-timeout`, and the broker waits {:?}: the messages of such jobs are held \
         in queues `rbit.held.*` meanwhile",
        shown(runner.name.as_str()),
        amqp.ack_timeout
    ));
    let note = note
        .help("nothing has to be done; `rbit broker check` says whether the user may, and how the broker waits longer");
    let note = Problem::of_key(origin, "amqp", ACK_TIMEOUT.name, note);
    reader.findings.notes.push(note);
}

/// How connections are encrypted; the inner `None` if they are not.
fn tls(section: &mut SectionReader<'_, '_>) -> Option<Option<TlsSettings>> {
    let is_on = section.read(&TLS);
    let [ca_file, cert_file, key_file] = [&CA_FILE, &CERT_FILE, &KEY_FILE]
        .map(|key| section.find(key).map(|path| from_folder(section.reader.folder, &path)));
    let identity = match (cert_file, key_file) {
        (Some(cert), Some(key)) => Some((cert, key)),
        (None, None) => None,
        (Some(_), None) => return missing_half(section, KEY_FILE.name, CERT_FILE.name),
        (None, Some(_)) => return missing_half(section, CERT_FILE.name, KEY_FILE.name),
    };
    if !is_on? {
        note_unused_files(section);
        return Some(None);
    }
    let files = TlsSettings { ca_file, identity };
    for wrong in section.reader.surroundings.world.tls(&files) {
        report_file(section, &files, &wrong);
    }
    Some(Some(files))
}

/// A file that cannot be used, at the key that names it; without such a key, at the one that switches encryption on.
fn report_file(section: &mut SectionReader<'_, '_>, files: &TlsSettings, wrong: &TlsWrong) {
    let identity = files.identity.as_ref();
    let (key, path, expected) = match wrong.file {
        TlsFile::Authorities => (&CA_FILE, files.ca_file.as_ref(), "certificates of authorities in PEM"),
        TlsFile::Certificate => (
            &CERT_FILE,
            identity.map(|(cert, _)| cert),
            "certificates in PEM, rbit's own first",
        ),
        TlsFile::Key => (
            &KEY_FILE,
            identity.map(|(_, key)| key),
            "the private key of `cert-file` in PEM, without a passphrase",
        ),
    };
    let origin = section.origin_of(key).or_else(|| section.origin_of(&TLS));
    let origin = origin.unwrap_or_else(|| section.origin.clone());
    let what = match path {
        Some(path) => format!("{} cannot be used: {}", shown(&path.to_string_lossy()), wrong.why),
        None => wrong.why.clone(),
    };
    section.problem(key.name, &origin, Wrong::new(what, expected));
}

fn note_unused_files(section: &mut SectionReader<'_, '_>) {
    for key in [&CA_FILE, &CERT_FILE, &KEY_FILE] {
        if let Some(origin) = section.origin_of(key) {
            let note = Wrong::note("not used, because `tls` is off");
            let note = Problem::of_key(origin, "amqp", key.name, note);
            section.reader.findings.notes.push(note);
        }
    }
}

fn missing_half<T>(section: &mut SectionReader<'_, '_>, half: &str, other: &str) -> Option<T> {
    section.missing(half, Some(format!("`{other}` needs it")));
    None
}

/// RabbitMQ's ports, with and without encryption.
fn default_port(is_encrypted: bool) -> Derived<u16> {
    let value = if is_encrypted { 5671 } else { 5672 };
    Derived {
        value,
        shown: value.to_string(),
        origin: Origin::Default,
    }
}

fn endpoints(section: &mut SectionReader<'_, '_>, is_encrypted: bool) -> Option<Vec<Endpoint>> {
    let host = section.read(&HOST);
    let port = section.read_or(&PORT, || default_port(is_encrypted));
    let hosts = section.list(&HOSTS);
    let (host, port) = (host?, port?);
    if hosts.is_empty() {
        return Some(vec![Endpoint { host, port }]);
    }
    if let Some(origin) = section.origin_of(&HOST) {
        let note = Wrong::note("not used, because `hosts` is set");
        section
            .reader
            .findings
            .notes
            .push(Problem::of_key(origin, "amqp", HOST.name, note));
    }
    let endpoint = |host: crate::HostPort| Endpoint {
        host: host.host,
        port: host.port.unwrap_or(port),
    };
    Some(hosts.into_iter().map(|(host, _)| endpoint(host)).collect())
}
