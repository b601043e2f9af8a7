//! The keys of `[sandbox]` and `[sandbox:NAME]`.

use std::time::Duration;

use crate::{
    key::{Form, Key, ListedKey, Section},
    value::{duration, name, number, size},
};

pub(crate) const SECTION: Section = Section {
    name: "sandbox",
    form: Form::Either,
    keys: &KEYS,
    is_open: false,
};

const KEYS: [ListedKey; 7] = [
    TIMEOUT.listed(),
    MEMORY.listed(),
    LOG.listed(),
    ARTIFACTS.listed(),
    ARTIFACT_SIZE.listed(),
    ARTIFACTS_SIZE.listed(),
    MOUNTS.listed(),
];

/// Time on the wall.
pub(crate) const TIMEOUT: Key<Duration> = Key::new(
    "timeout",
    duration::between::<{ duration::MILLISECOND }, { 30 * duration::DAY }>,
)
.or("10m");
/// Linear memory.
pub(crate) const MEMORY: Key<u64> =
    Key::new("memory", size::between::<{ 64 * size::KIB }, { 1024 * size::GIB }>).or("512MiB");
/// Output that is kept.
pub(crate) const LOG: Key<u64> = Key::new("log", size::between::<0, { size::GIB }>).or("1MiB");
/// Files that may be delivered.
pub(crate) const ARTIFACTS: Key<u32> = Key::new("artifacts", number::between::<0, 100_000>).or("100");
/// Bytes of one of them.
pub(crate) const ARTIFACT_SIZE: Key<u64> =
    Key::new("artifact-size", size::between::<0, { 1024 * size::GIB }>).or("1GiB");
/// Bytes of all of them.
pub(crate) const ARTIFACTS_SIZE: Key<u64> =
    Key::new("artifacts-size", size::between::<0, { 1024 * size::GIB }>).or("4GiB");
/// Settings whose values are folders that the guest may read: a list.
pub(crate) const MOUNTS: Key<String> = Key::new("mounts", name::of_mount);
