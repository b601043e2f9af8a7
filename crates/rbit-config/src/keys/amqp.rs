//! The keys of `[amqp]`.

use std::time::Duration;

use secrecy::SecretString;

use crate::{
    key::{Form, Key, ListedKey, Section},
    value::{boolean, duration, host, host::HostPort, name, number, path, text},
};

pub(crate) const SECTION: Section = Section {
    name: "amqp",
    form: Form::Plain,
    keys: &KEYS,
    is_open: false,
};

const KEYS: [ListedKey; 14] = [
    HOST.listed(),
    PORT.listed(),
    HOSTS.listed(),
    TLS.listed(),
    CA_FILE.listed(),
    CERT_FILE.listed(),
    KEY_FILE.listed(),
    USER.listed(),
    PASSWORD.listed(),
    VIRTUAL_HOST.listed(),
    HEARTBEAT.listed(),
    ACK_TIMEOUT.listed(),
    DECLARE.listed(),
    EVENTS.listed(),
];

/// The broker.
pub(crate) const HOST: Key<String> = Key::new("host", host::parse).or("localhost");
/// Its port.
pub(crate) const PORT: Key<u16> = Key::new("port", number::port);
/// The nodes of a cluster: a list.
pub(crate) const HOSTS: Key<HostPort> = Key::new("hosts", host::with_port);
/// Whether connections are encrypted.
pub(crate) const TLS: Key<bool> = Key::new("tls", boolean::parse).or("no");
/// The authorities that are believed.
pub(crate) const CA_FILE: Key<String> = Key::new("ca-file", path::parse);
/// The certificate with which rbit shows who it is.
pub(crate) const CERT_FILE: Key<String> = Key::new("cert-file", path::parse);
/// Its key.
pub(crate) const KEY_FILE: Key<String> = Key::new("key-file", path::parse);
/// Who rbit is for the broker.
pub(crate) const USER: Key<String> = Key::new("user", text::short).or("guest");
/// Its password.
pub(crate) const PASSWORD: Key<SecretString> = Key::new("password", text::secret).or("guest");
/// The part of the broker that is used.
pub(crate) const VIRTUAL_HOST: Key<String> = Key::new("virtual-host", text::short).or("/").once("virtual_host");
/// How long a silent connection counts as alive.
pub(crate) const HEARTBEAT: Key<Duration> = Key::new(
    "heartbeat",
    duration::whole_seconds::<{ duration::SECOND }, { duration::HOUR }>,
)
.or("20s");
/// How long the broker waits for an acknowledgement.
pub(crate) const ACK_TIMEOUT: Key<Duration> = Key::new(
    "ack-timeout",
    duration::between::<{ duration::SECOND }, { 30 * duration::DAY }>,
)
.or("30m");
/// Whether queues that are not there are made.
pub(crate) const DECLARE: Key<bool> = Key::new("declare", boolean::parse).or("yes");
/// The exchange that is told every status.
pub(crate) const EVENTS: Key<String> = Key::new("events", name::of_exchange);
