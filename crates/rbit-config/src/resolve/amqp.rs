//! `[amqp]`, and whether it is the source.

use crate::{
    AmqpSettings, Endpoint, Origin, Problem, Source,
    keys::{
        amqp::{DECLARE, HEARTBEAT, HOST, HOSTS, PASSWORD, PORT, USER, VIRTUAL_HOST},
        general::{SOURCE, SourceKind},
    },
    problem::Wrong,
    reader::{Derived, Reader, SectionReader},
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
        SourceKind::Amqp => amqp.map(Source::Amqp),
        SourceKind::Local => Some(Source::Local),
    }
}

fn resolve(reader: &mut Reader<'_>) -> Option<AmqpSettings> {
    let mut section = reader.section("amqp");
    let endpoints = endpoints(&mut section);
    let user = section.read(&USER);
    let password = section.read(&PASSWORD);
    let virtual_host = section.read(&VIRTUAL_HOST);
    let heartbeat = section.read(&HEARTBEAT);
    let declare = section.read(&DECLARE);
    Some(AmqpSettings {
        endpoints: endpoints?,
        user: user?,
        password: password?,
        virtual_host: virtual_host?,
        heartbeat: heartbeat?,
        declare: declare?,
    })
}

fn endpoints(section: &mut SectionReader<'_, '_>) -> Option<Vec<Endpoint>> {
    let host = section.read(&HOST);
    let port = section.read(&PORT);
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
