//! HTTP: requests to where the runner's `allow-http` says, and nowhere else.
//!
//! `wasi:http` is linked for every guest, because a component that serves several runners imports it whether this one may use it or not;
//! without a grant every request is refused. With one, a request goes these ways:
//!
//! | step | file | refuses |
//! |---|---|---|
//! | is it one of ours? | `admit` | tricks with host, path, method and headers; what no pattern means |
//! | is there room? | `meter` | too many, too large, too long |
//! | where is it? | `dial`, `resolve`, `reach` | addresses that are not public |
//! | send it | `send`, `tls` | |
//! | or answer it, where the plan has answers of its own | `canned` | what none of them is for |
//! | hand on the answer | `answer` | too large, too late |
//! | note it | `record` | |
//!
//! What is never sent is bounded as well: `words`.
//!
//! Names are looked up once, and the connection goes to an address that was checked: what the name means a moment later does not
//! matter. Redirects are not followed: a guest that does so makes another request, which is decided like the first.

mod admit;
mod answer;
mod canned;
mod client;
mod dial;
mod hooks;
mod meter;
mod reach;
mod record;
mod resolve;
mod send;
mod tls;
mod upload;
mod words;

pub(crate) use canned::Canned;
pub(crate) use client::HttpClient;
pub use dial::{Connection, Dial, NotDialled, SystemDial};
pub(crate) use hooks::HttpHooks;
pub(crate) use meter::HttpMeter;
pub use resolve::Resolver;
pub use tls::{Authorities, TrustError};
pub use words::HELD_BY_A_HANDLE;
pub(crate) use words::bound;
