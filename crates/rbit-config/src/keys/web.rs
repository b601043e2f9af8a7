//! The keys of `[http]`.

use std::net::SocketAddr;

use crate::{
    key::{Form, Key, ListedKey, Section},
    value::socket,
};

pub(crate) const SECTION: Section = Section {
    name: "http",
    form: Form::Plain,
    keys: &KEYS,
    is_open: false,
};

const KEYS: [ListedKey; 1] = [LISTEN.listed()];

/// Where the box says how it is. Without it, it does not.
pub(crate) const LISTEN: Key<SocketAddr> = Key::new("listen", socket::parse);
