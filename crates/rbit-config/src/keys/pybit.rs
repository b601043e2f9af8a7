//! The keys of `[pybit]`.

use std::time::Duration;

use rbit_job::BoxName;
use secrecy::SecretString;
use url::Url;

use crate::{
    key::{Form, Key, ListedKey, Section},
    value::{boolean, duration, host, host::HostPort, name, text, web},
};

pub(crate) const SECTION: Section = Section {
    name: "pybit",
    form: Form::Plain,
    keys: &KEYS,
    is_open: false,
};

const KEYS: [ListedKey; 8] = [
    URL.listed(),
    TRUSTED_HOSTS.listed(),
    USER.listed(),
    PASSWORD.listed(),
    REPORT.listed(),
    CLIENT.listed(),
    CONNECT_TIMEOUT.listed(),
    TIMEOUT.listed(),
];

/// The front-end that is told everything.
pub(crate) const URL: Key<Url> = Key::new("url", web::parse);
/// Front-ends that are told what a message asks to tell them: a list.
pub(crate) const TRUSTED_HOSTS: Key<HostPort> = Key::new("trusted-hosts", host::with_port);
/// Who rbit is for the front-end.
pub(crate) const USER: Key<String> = Key::new("user", text::short);
/// Its password.
pub(crate) const PASSWORD: Key<SecretString> = Key::new("password", text::secret);
/// Whether statuses are sent.
pub(crate) const REPORT: Key<bool> = Key::new("report", boolean::parse).or("yes");
/// The box's name among PyBit's build clients.
pub(crate) const CLIENT: Key<BoxName> = Key::new("client", name::of_box);
/// How long a connection may take to open.
pub(crate) const CONNECT_TIMEOUT: Key<Duration> = Key::new(
    "connect-timeout",
    duration::between::<{ duration::MILLISECOND }, { duration::HOUR }>,
)
.or("5s");
/// How long a whole exchange may take.
pub(crate) const TIMEOUT: Key<Duration> = Key::new(
    "timeout",
    duration::between::<{ duration::MILLISECOND }, { duration::HOUR }>,
)
.or("30s");
