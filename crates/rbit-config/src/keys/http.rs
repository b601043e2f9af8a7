//! The keys of `[sandbox]` and `[sandbox:NAME]` about HTTP.

use std::time::Duration;

use rbit_job::http::{HostPattern, HttpPolicy, InternalHost};

use crate::{
    key::Key,
    value::{choice, duration, http, number, size},
};

/// Where requests may go: a list.
pub(crate) const ALLOW_HTTP: Key<HostPattern> = Key::new("allow-http", http::pattern);
/// Hosts with addresses that are not public: a list.
pub(crate) const ALLOW_INTERNAL: Key<InternalHost> = Key::new("allow-internal", http::internal);
/// What becomes of a request that no pattern means.
pub(crate) const HTTP_POLICY: Key<HttpPolicy> = Key::new("http-policy", |text| {
    choice::parse(text, &[("enforce", HttpPolicy::Enforce), ("count", HttpPolicy::Count)])
})
.or("enforce");
/// Requests of a job.
pub(crate) const HTTP_REQUESTS: Key<u32> = Key::new("http-requests", number::between::<0, 1_000_000>).or("1000");
/// Requests under way at once.
pub(crate) const HTTP_CONCURRENCY: Key<u32> = Key::new("http-concurrency", number::between::<1, 256>).or("8");
/// One request with its answer.
pub(crate) const HTTP_TIMEOUT: Key<Duration> = Key::new(
    "http-timeout",
    duration::between::<{ duration::MILLISECOND }, { duration::DAY }>,
)
.or("2m");
/// The body of a request.
pub(crate) const HTTP_REQUEST_SIZE: Key<u64> =
    Key::new("http-request-size", size::between::<0, { 1024 * size::GIB }>).or("16MiB");
/// The body of an answer.
pub(crate) const HTTP_RESPONSE_SIZE: Key<u64> =
    Key::new("http-response-size", size::between::<0, { 1024 * size::GIB }>).or("256MiB");
/// All bodies of a job.
pub(crate) const HTTP_BYTES: Key<u64> = Key::new("http-bytes", size::between::<0, { 1024 * size::GIB }>).or("1GiB");
