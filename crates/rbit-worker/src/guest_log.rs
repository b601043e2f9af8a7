//! Where a guest's output goes: into the log, under the job's span.

use rbit_job::port::{GuestLog, GuestStream};
use tracing::Span;

/// Writes each line as an event of the target `rbit::guest`, so that guest output can be filtered apart from our own.
pub(crate) struct SpanLog(Span);

impl SpanLog {
    /// A log for the job of the current span.
    pub(crate) fn current() -> Self {
        Self(Span::current())
    }
}

impl GuestLog for SpanLog {
    fn line(&self, stream: GuestStream, line: &str) {
        tracing::info!(target: "rbit::guest", parent: &self.0, stream = stream.as_str(), "{line}");
    }
}
