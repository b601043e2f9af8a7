//! Sockets: never.
//!
//! Guests built with a C library import them whether they use them or not, so they are linked; every use is refused.

use wasmtime_wasi::WasiCtxBuilder;

/// Says no in every way there is, so that no default of a later release can open one.
pub(crate) fn refuse(wasi: &mut WasiCtxBuilder) {
    wasi.allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .socket_addr_check(|_, _| Box::pin(async { false }));
}
