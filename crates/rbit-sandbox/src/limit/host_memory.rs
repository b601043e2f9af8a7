//! What the host holds in its own memory on behalf of a guest.
//!
//! A guest names sizes and the host allocates: arguments and results that are copied, handles, random bytes, header fields.

use rbit_job::Limits;
use wasmtime::{Store, component::ResourceTableError};

use crate::{backtrace, state::JobState, text};

/// Sets the bounds of one store, as its guest's limits are.
pub(crate) fn apply(store: &mut Store<JobState>) {
    let limits = store.data().meters.limits;
    store.set_hostcall_fuel(as_size(limits.call_bytes));
    store.set_max_component_handles(limits.handles as usize);
    store.data_mut().table.set_max_capacity(limits.handles as usize);
}

/// The limit, as a sentence for people, if it was one of these that ended the guest.
pub(crate) fn exceeded(error: &wasmtime::Error, limits: &Limits) -> Option<String> {
    if matches!(error.downcast_ref(), Some(ResourceTableError::Full)) || mentions(error, HANDLES_EXCEEDED) {
        let limit = limits.handles;
        return Some(format!(
            "handles: limit {limit}, peak {limit}, 1 more refused: files, streams, timers and other handles at once"
        ));
    }
    if let Some(wanted) = number_after(error, RANDOM_EXCEEDED) {
        let [limit, wanted] = [limits.random_bytes, wanted].map(text::bytes);
        return Some(format!("random-bytes: limit {limit}, {wanted} refused in one call"));
    }
    if mentions(error, HEADERS_EXCEEDED) {
        let limit = text::bytes(limits.header_bytes);
        return Some(format!("header-bytes: limit {limit}, more refused in one HTTP request"));
    }
    let limit = text::bytes(limits.call_bytes);
    mentions(error, COPIED_EXCEEDED)
        .then(|| format!("call-bytes: limit {limit}, more refused in one call between guest and host"))
}

/// The engine keeps the types of these errors to itself, so their words are what there is; a test holds them.
fn mentions(error: &wasmtime::Error, words: &str) -> bool {
    backtrace::causes(error).any(|cause| cause.contains(words))
}

/// The number that follows these words in what the engine says.
pub(super) fn number_after(error: &wasmtime::Error, words: &str) -> Option<u64> {
    backtrace::causes(error).find_map(|text| {
        let (_, rest) = text.split_once(words)?;
        let digits = rest.trim_start().split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse().ok()
    })
}

pub(crate) fn as_size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

const COPIED_EXCEEDED: &str = "fuel allocated for hostcalls has been exhausted";
const HANDLES_EXCEEDED: &str = "store handle limit exceeded";
const HEADERS_EXCEEDED: &str = "total size of fields exceeds limit";
const RANDOM_EXCEEDED: &str = "requested len";
