//! `[amqp]`, and whether it is the source.

use crate::{
    AmqpSettings, Endpoint, Origin, Problem, Source, TlsSettings,
    keys::{
        amqp::{
            ACK_TIMEOUT, CA_FILE, CERT_FILE, DECLARE, EVENTS, HEARTBEAT, HOST, HOSTS, KEY_FILE, PASSWORD, PORT, TLS,
            USER, VIRTUAL_HOST,
        },
        general::{SOURCE, SourceKind},
    },
    problem::Wrong,
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

/// How connections are encrypted; the inner `None` if they are not.
fn tls(section: &mut SectionReader<'_, '_>) -> Option<Option<TlsSettings>> {
    let is_on = section.read(&TLS)?;
    let [ca_file, cert_file, key_file] = [&CA_FILE, &CERT_FILE, &KEY_FILE]
        .map(|key| section.find(key).map(|path| from_folder(section.reader.folder, &path)));
    let identity = match (cert_file, key_file) {
        (Some(cert), Some(key)) => Some((cert, key)),
        (None, None) => None,
        (Some(_), None) => return missing_half(section, KEY_FILE.name, CERT_FILE.name),
        (None, Some(_)) => return missing_half(section, CERT_FILE.name, KEY_FILE.name),
    };
    Some(is_on.then_some(TlsSettings { ca_file, identity }))
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
