//! What is noted of a request, for the audit.

use std::{fmt, net::IpAddr, time::Duration};

use serde::{Deserialize, Serialize};

use super::{AddressClass, BadTarget, CannedUse};

/// One request of a guest, when it is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpExchange {
    /// Its method; the guest's word.
    pub method: String,
    /// Scheme, host and port, where they could be read.
    pub target: Option<String>,
    /// Its path without the query, which may hold a password. Cut, escaped, and the guest's words.
    pub path: String,
    /// The address that was connected to.
    pub address: Option<IpAddr>,
    /// The status of the answer.
    pub status: Option<u16>,
    /// Why it was refused; with `http-policy = count`, why it would have been.
    pub refusal: Option<HttpRefusal>,
    /// Whether it was refused.
    pub is_refused: bool,
    /// What went wrong otherwise.
    pub error: Option<String>,
    /// Where it was not sent, but answered by the plan: how.
    #[serde(default)]
    pub canned: Option<CannedUse>,
    /// Bytes of its body that were sent.
    pub sent: u64,
    /// Bytes of the answer's body that were received.
    pub received: u64,
    /// From the call to the end of the answer.
    pub duration: Duration,
}

impl HttpExchange {
    /// A connection that was made, and whose request nobody has told of.
    pub fn unknown(target: String, address: IpAddr) -> Self {
        Self {
            method: "?".to_owned(),
            target: Some(target),
            path: String::new(),
            address: Some(address),
            status: None,
            refusal: None,
            is_refused: false,
            error: Some("nothing is known but the connection".to_owned()),
            canned: None,
            sent: 0,
            received: 0,
            duration: Duration::ZERO,
        }
    }
}

/// Which rule a request breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HttpRefusal {
    /// The runner has no `allow-http`.
    NoGrant,
    /// Its target cannot be read, or in two ways.
    Target,
    /// Its method asks for something else than an answer.
    Method,
    /// Its path is none.
    Path,
    /// A header that is the host's.
    Header,
    /// No pattern of `allow-http` means it.
    Pattern,
    /// No address of its host may be connected to; this is what the first one is.
    Address(AddressClass),
}

impl From<BadTarget> for HttpRefusal {
    fn from(_: BadTarget) -> Self {
        Self::Target
    }
}

impl fmt::Display for HttpRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoGrant => f.write_str("the runner has no `allow-http`"),
            Self::Target => f.write_str("its scheme, host or port cannot be used"),
            Self::Method => f.write_str("its method is not for guests"),
            Self::Path => f.write_str("its path does not begin with `/`"),
            Self::Header => f.write_str("it names another host in a header"),
            Self::Pattern => f.write_str("no pattern of `allow-http` means it"),
            Self::Address(class) => write!(
                f,
                "its host has a {class} address, and `allow-internal` does not name both"
            ),
        }
    }
}
