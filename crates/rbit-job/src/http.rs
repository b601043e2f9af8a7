//! What of the network a guest may reach by HTTP: patterns, addresses, and the decision. All of it pure.
//!
//! A request is decided twice: by its [`Target`], before anything is looked up, and by each address that its host turns out to
//! have. [`HttpGrant`] knows both answers; who sends requests asks it and connects to no other address than the one it asked about.

mod address;
mod canned;
mod exchange;
mod grant;
mod host;
mod network;
mod pattern;
mod target;

pub use address::AddressClass;
pub use canned::{Asked, CannedAnswer, CannedUse, UrlPattern};
pub use exchange::{HttpExchange, HttpRefusal};
pub use grant::{HttpGrant, HttpPolicy, InternalHost, InternalHostError};
pub use host::{Host, NoHost};
pub use network::{Network, NoNetwork};
pub use pattern::{HostPattern, PatternError, Scheme};
pub use target::{BadTarget, Target};
