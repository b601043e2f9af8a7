//! What the host holds in its own memory on behalf of a guest.
//!
//! A guest names sizes and the host allocates: arguments and results that are copied, handles, random bytes, header fields.

use wasmtime::{Store, component::ResourceTableError};

use crate::{state::JobState, text};

/// Sets the bounds of one store.
pub(crate) fn apply(store: &mut Store<JobState>) {
    store.set_hostcall_fuel(MAX_COPIED);
    store.set_max_component_handles(MAX_HANDLES);
    store.data_mut().table.set_max_capacity(MAX_HANDLES);
}

/// The sentence for people if it was one of these bounds that ended the guest.
pub(crate) fn exceeded(error: &wasmtime::Error) -> Option<String> {
    if matches!(error.downcast_ref(), Some(ResourceTableError::Full)) || mentions(error, HANDLES_EXCEEDED) {
        return Some(format!(
            "more than {MAX_HANDLES} files, streams and other handles open at once"
        ));
    }
    let copied = text::bytes(MAX_COPIED as u64);
    mentions(error, COPIED_EXCEEDED).then(|| format!("more than {copied} in one call between guest and host"))
}

/// The engine keeps the types of these errors to itself, so their words are what there is; a test holds them.
fn mentions(error: &wasmtime::Error, words: &str) -> bool {
    error.chain().any(|cause| cause.to_string().contains(words))
}

const COPIED_EXCEEDED: &str = "fuel allocated for hostcalls has been exhausted";
const HANDLES_EXCEEDED: &str = "store handle limit exceeded";

/// Bytes that one call may copy between guest and host, the returned list of files included.
const MAX_COPIED: usize = 8 << 20;
/// Handles in the component's tables, and objects of the host behind them: open files, streams, timers, requests.
const MAX_HANDLES: usize = 4096;
/// Random bytes in one call.
pub(crate) const MAX_RANDOM: u64 = 1 << 20;
/// Bytes of the header fields of one HTTP request.
pub(crate) const MAX_HTTP_FIELDS: usize = 32 << 10;
