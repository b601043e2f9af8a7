//! Ports that are free.

use std::net::TcpListener;

use anyhow::Context as _;

/// A port of the loopback address that nobody listens on, as long as the listener is held.
pub fn free_port() -> anyhow::Result<(TcpListener, u16)> {
    let listener = TcpListener::bind("127.0.0.1:0").context("cannot find a free port")?;
    let port = listener.local_addr().context("cannot find a free port")?.port();
    Ok((listener, port))
}
