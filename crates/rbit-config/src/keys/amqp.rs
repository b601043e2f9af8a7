//! The keys of `[amqp]`.

use std::time::Duration;

use secrecy::SecretString;

use crate::{
    key::{Form, Key, ListedKey, Section},
    value::{boolean, duration, host, host::HostPort, number, text},
};

pub(crate) const SECTION: Section = Section {
    name: "amqp",
    form: Form::Plain,
    keys: &KEYS,
    is_open: false,
};

const KEYS: [ListedKey; 8] = [
    HOST.listed(),
    PORT.listed(),
    HOSTS.listed(),
    USER.listed(),
    PASSWORD.listed(),
    VIRTUAL_HOST.listed(),
    HEARTBEAT.listed(),
    DECLARE.listed(),
];

/// The broker.
pub(crate) const HOST: Key<String> = Key::new("host", host::parse).or("localhost");
/// Its port.
pub(crate) const PORT: Key<u16> = Key::new("port", number::port).or("5672");
/// The nodes of a cluster: a list.
pub(crate) const HOSTS: Key<HostPort> = Key::new("hosts", host::with_port);
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
/// Whether queues that are not there are made.
pub(crate) const DECLARE: Key<bool> = Key::new("declare", boolean::parse).or("yes");
