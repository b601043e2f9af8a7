//! The keys of `[sandbox]` and `[sandbox:NAME]`.

use std::time::Duration;

use rbit_job::{GuestClock, GuestRandom};

use super::http::{
    ALLOW_HTTP, ALLOW_INTERNAL, HTTP_BYTES, HTTP_CONCURRENCY, HTTP_POLICY, HTTP_REQUEST_SIZE, HTTP_REQUESTS,
    HTTP_RESPONSE_SIZE, HTTP_TIMEOUT,
};
use crate::{
    key::{Form, Key, ListedKey, Section},
    value::{
        chance, duration,
        mount::{self, WantedMount},
        name, number, size,
    },
};

pub(crate) const SECTION: Section = Section {
    name: "sandbox",
    form: Form::Either,
    keys: &KEYS,
    is_open: false,
};

const KEYS: [ListedKey; 33] = [
    TIMEOUT.listed(),
    CPU_TIME.listed(),
    MEMORY.listed(),
    TABLE_ELEMENTS.listed(),
    INSTANCES.listed(),
    HANDLES.listed(),
    CALL_BYTES.listed(),
    RANDOM_BYTES.listed(),
    HEADER_BYTES.listed(),
    DISK.listed(),
    FILES.listed(),
    OPEN_FILES.listed(),
    PROCESSES.listed(),
    LOG.listed(),
    LOG_LINE.listed(),
    LOG_RATE.listed(),
    ARTIFACTS.listed(),
    ARTIFACT_SIZE.listed(),
    ARTIFACTS_SIZE.listed(),
    ARTIFACT_NAME.listed(),
    MOUNTS.listed(),
    SECRETS.listed(),
    CLOCK.listed(),
    RANDOM.listed(),
    ALLOW_HTTP.listed(),
    ALLOW_INTERNAL.listed(),
    HTTP_POLICY.listed(),
    HTTP_REQUESTS.listed(),
    HTTP_CONCURRENCY.listed(),
    HTTP_TIMEOUT.listed(),
    HTTP_REQUEST_SIZE.listed(),
    HTTP_RESPONSE_SIZE.listed(),
    HTTP_BYTES.listed(),
];

/// Time on the wall.
pub(crate) const TIMEOUT: Key<Duration> = Key::new(
    "timeout",
    duration::between::<{ duration::MILLISECOND }, { 30 * duration::DAY }>,
)
.or("10m");
/// Time on a processor: as much as on the wall, unless it is said.
pub(crate) const CPU_TIME: Key<Duration> = Key::new(
    "cpu-time",
    duration::between::<{ duration::MILLISECOND }, { 30 * duration::DAY }>,
);
/// Linear memory.
pub(crate) const MEMORY: Key<u64> =
    Key::new("memory", size::between::<{ 64 * size::KIB }, { 1024 * size::GIB }>).or("512MiB");
/// Elements of all tables.
pub(crate) const TABLE_ELEMENTS: Key<u32> = Key::new("table-elements", number::between::<0, 6_400_000>).or("500000");
/// Core instances.
pub(crate) const INSTANCES: Key<u32> = Key::new("instances", number::between::<1, 200>).or("64");
/// Handles at once.
pub(crate) const HANDLES: Key<u32> = Key::new("handles", number::between::<16, 1_000_000>).or("4096");
/// Bytes copied in one call.
pub(crate) const CALL_BYTES: Key<u64> =
    Key::new("call-bytes", size::between::<{ 64 * size::KIB }, { size::GIB }>).or("8MiB");
/// Random bytes in one call.
pub(crate) const RANDOM_BYTES: Key<u64> =
    Key::new("random-bytes", size::between::<{ size::KIB }, { size::GIB }>).or("1MiB");
/// Header fields of an HTTP request.
pub(crate) const HEADER_BYTES: Key<u64> =
    Key::new("header-bytes", size::between::<{ size::KIB }, { 1024 * size::KIB }>).or("32KiB");
/// Bytes of scratch and output.
pub(crate) const DISK: Key<u64> = Key::new("disk", size::between::<0, { 1024 * size::GIB }>).or("1GiB");
/// Files in them.
pub(crate) const FILES: Key<u32> = Key::new("files", number::between::<0, 10_000_000>).or("10000");
/// Files open at once.
pub(crate) const OPEN_FILES: Key<u32> = Key::new("open-files", number::between::<0, 100_000>).or("256");
/// Processes and threads of a native program at once.
pub(crate) const PROCESSES: Key<u32> = Key::new("processes", number::between::<4, 100_000>).or("128");
/// Output that is kept.
pub(crate) const LOG: Key<u64> = Key::new("log", size::between::<0, { size::GIB }>).or("1MiB");
/// Bytes of one line of it.
pub(crate) const LOG_LINE: Key<u64> = Key::new("log-line", size::between::<80, { 1024 * size::KIB }>).or("8KiB");
/// Lines of it in a second.
pub(crate) const LOG_RATE: Key<u32> = Key::new("log-rate", number::between::<1, 1_000_000>).or("10000");
/// Files that may be delivered.
pub(crate) const ARTIFACTS: Key<u32> = Key::new("artifacts", number::between::<0, 100_000>).or("100");
/// Bytes of one of them.
pub(crate) const ARTIFACT_SIZE: Key<u64> =
    Key::new("artifact-size", size::between::<0, { 1024 * size::GIB }>).or("1GiB");
/// Bytes of all of them.
pub(crate) const ARTIFACTS_SIZE: Key<u64> =
    Key::new("artifacts-size", size::between::<0, { 1024 * size::GIB }>).or("4GiB");
/// Bytes of the name of one of them.
pub(crate) const ARTIFACT_NAME: Key<u64> = Key::new("artifact-name", size::between::<16, 4000>).or("1KiB");
/// Settings whose values are folders that the guest may read, each with the path that they get if it is not `/mnt/SETTING`: a list.
pub(crate) const MOUNTS: Key<WantedMount> = Key::new("mounts", mount::parse);
/// Settings whose values are never shown: a list.
pub(crate) const SECRETS: Key<String> = Key::new("secrets", name::of_secret);
/// What time it is for guests.
pub(crate) const CLOCK: Key<GuestClock> = Key::new("clock", chance::clock).or("host");
/// Where their random numbers come from.
pub(crate) const RANDOM: Key<GuestRandom> = Key::new("random", chance::random).or("host");
