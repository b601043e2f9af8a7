//! How long the words of a request may be, and how much of its body may wait to be sent.
//!
//! A guest can make requests and keep them, also one that may send none. Until they are sent, all of it is memory of the host's: as much
//! as there are handles for. wasmtime-wasi-http takes a method, or the name of a host, of any length, and a mebibyte of each body.

use wasmtime::{
    Result, StoreContextMut,
    component::{Linker, Resource},
};
use wasmtime_wasi_http::{
    WasiHttpView as _,
    p2::{
        bindings::http::types::{HostOutgoingRequest as _, Method},
        types::HostOutgoingRequest,
    },
};

use crate::state::JobState;

/// What the interface answers to a word that is none.
type Answer = (std::result::Result<(), ()>,);

/// Links what sets the words of a request a second time, over wasmtime-wasi-http's.
pub(crate) fn bound(linker: &mut Linker<JobState>) -> Result<()> {
    let mut types = linker.instance(TYPES)?;
    types.func_wrap(
        "[method]outgoing-request.set-method",
        |mut store: StoreContextMut<'_, JobState>, (request, method): (Resource<HostOutgoingRequest>, Method)| {
            let answer = match &method {
                Method::Other(word) if word.len() > MAX_METHOD => Err(()),
                _ => store.data_mut().http().set_method(request, method)?,
            };
            Ok::<Answer, _>((answer,))
        },
    )?;
    types.func_wrap(
        "[method]outgoing-request.set-authority",
        |mut store: StoreContextMut<'_, JobState>, (request, word): (Resource<HostOutgoingRequest>, Option<String>)| {
            let answer = match is_longer(word.as_ref(), MAX_AUTHORITY) {
                true => Err(()),
                false => store.data_mut().http().set_authority(request, word)?,
            };
            Ok::<Answer, _>((answer,))
        },
    )?;
    types.func_wrap(
        "[method]outgoing-request.set-path-with-query",
        |mut store: StoreContextMut<'_, JobState>, (request, word): (Resource<HostOutgoingRequest>, Option<String>)| {
            let answer = match is_longer(word.as_ref(), MAX_PATH) {
                true => Err(()),
                false => store.data_mut().http().set_path_with_query(request, word)?,
            };
            Ok::<Answer, _>((answer,))
        },
    )
}

fn is_longer(word: Option<&String>, max: usize) -> bool {
    word.is_some_and(|word| word.len() > max)
}

/// The interface, as the linker knows it.
const TYPES: &str = "wasi:http/types@0.2.12";
/// Bytes of a method. Of those that are registered the longest has seventeen.
const MAX_METHOD: usize = 64;
/// Bytes of host and port: a name has no more than 253.
const MAX_AUTHORITY: usize = 512;
/// Bytes of path and query. Servers take half of it.
const MAX_PATH: usize = 16 << 10;
/// Bytes of a body that are taken at once.
pub(super) const BODY_CHUNK: usize = 16 << 10;
/// How often they are before somebody sends them.
const CHUNKS: usize = 2;
/// What the host holds for a guest under one handle at most, besides header fields: those of a request and those at its end.
pub const HELD_BY_A_HANDLE: u64 = (CHUNKS * BODY_CHUNK + MAX_PATH + MAX_AUTHORITY + MAX_METHOD) as u64;
