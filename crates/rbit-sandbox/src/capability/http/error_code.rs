//! What went wrong in the midst of an answer, for guests that ask.
//!
//! The library's own function looks for an error of another type than the one that bodies have in it, and so finds none: a guest would
//! take an answer that was too large for one that broke off, and come again for it.

use wasmtime::component::{Linker, Resource};
use wasmtime_wasi_http::{
    Error, WasiHttpView as _,
    p2::bindings::http::types::{ErrorCode, Host as _, IoError},
};

use super::words::TYPES;
use crate::state::JobState;

/// Puts ours in its place.
pub(crate) fn add_error_code_to_linker(linker: &mut Linker<JobState>) -> wasmtime::Result<()> {
    let mut types = linker.instance(TYPES)?;
    types.func_wrap("http-error-code", |mut store, (error,): (Resource<IoError>,)| {
        let view = store.data_mut().http();
        let ours = view.table.get(&error)?.downcast_ref::<Error>().and_then(code);
        match ours {
            Some(code) => Ok((Some(code),)),
            None => store.data_mut().http().http_error_code(error).map(|code| (code,)),
        }
    })
}

/// Those that [`Answer`](super::answer::Answer) has; a connection that was lost has no code that says more.
fn code(error: &Error) -> Option<ErrorCode> {
    Some(match error {
        Error::HttpResponseBodySize(limit) => ErrorCode::HttpResponseBodySize(*limit),
        Error::HttpResponseTimeout => ErrorCode::HttpResponseTimeout,
        Error::ConnectionReadTimeout => ErrorCode::ConnectionReadTimeout,
        _ => return None,
    })
}
