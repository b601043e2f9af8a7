//! Where a guest's output goes: into the log, under the job's span.

use rbit_job::{
    http::HttpExchange,
    port::{GuestLog, GuestStream},
};
use tracing::Span;

/// Writes each line as an event of the target `rbit::guest`, and each request as one of `rbit::http`, so that both can be filtered
/// apart from our own.
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

    fn exchange(&self, exchange: &HttpExchange) {
        let HttpExchange {
            sent, received, status, ..
        } = exchange;
        let refusal = exchange.refusal.map(|refusal| refusal.to_string());
        tracing::info!(
            target: "rbit::http",
            parent: &self.0,
            // The words of the guest are quoted and escaped, so that they cannot pass for fields of ours.
            method = ?exchange.method,
            to = exchange.target,
            path = ?exchange.path,
            address = exchange.address.map(tracing::field::display),
            status,
            sent,
            received,
            duration_ms = u64::try_from(exchange.duration.as_millis()).unwrap_or(u64::MAX),
            refused = exchange.is_refused,
            refusal,
            error = exchange.error,
            "http request"
        );
    }
}
