//! The record of one request: written when the last who has it lets it go, also when the guest is stopped.

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use http::{Request, StatusCode};
use rbit_job::{
    http::{CannedUse, HttpExchange, HttpRefusal, Target},
    port::GuestLog,
};
use rbit_redact::Redactor;

use super::{HttpMeter, meter::Way};
use crate::text;

/// The record of a request that is under way.
pub(super) struct Record {
    log: Arc<dyn GuestLog>,
    redactor: Redactor,
    pub(super) meter: Arc<HttpMeter>,
    started: Instant,
    exchange: Mutex<HttpExchange>,
    sent: AtomicU64,
    received: AtomicU64,
}

impl Record {
    /// Begins with what the guest wants.
    pub(super) fn begin<B>(
        log: Arc<dyn GuestLog>,
        redactor: Redactor,
        meter: Arc<HttpMeter>,
        request: &Request<B>,
        target: Option<&Target>,
    ) -> Arc<Self> {
        let exchange = HttpExchange {
            method: text::printable(&redactor.text(request.method().as_str()), MAX_METHOD),
            target: target.map(|target| redactor.text(&target.to_string()).into_owned()),
            path: text::printable(&redactor.text(request.uri().path()), MAX_PATH),
            address: None,
            status: None,
            refusal: None,
            is_refused: false,
            error: None,
            canned: None,
            sent: 0,
            received: 0,
            duration: Default::default(),
        };
        Arc::new(Self {
            log,
            redactor,
            meter,
            started: Instant::now(),
            exchange: Mutex::new(exchange),
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
        })
    }

    /// A rule is against it.
    pub(super) fn refuse(&self, refusal: HttpRefusal, is_refused: bool) {
        let mut exchange = self.exchange();
        exchange.refusal = Some(refusal);
        exchange.is_refused = is_refused;
        let target = exchange.target.as_deref().unwrap_or("a place that cannot be told");
        self.meter.count_refusal(refusal, target, is_refused);
    }

    /// It goes to this address.
    pub(super) fn connected(&self, address: IpAddr) {
        self.exchange().address = Some(address);
    }

    /// It was answered.
    pub(super) fn answered(&self, status: StatusCode) {
        self.exchange().status = Some(status.as_u16());
    }

    /// It was not sent: one of the plan's answers was for it, or none.
    pub(super) fn canned(&self, url: &str, answer: Option<usize>) {
        let url = text::printable(&self.redactor.text(url), MAX_URL);
        self.exchange().canned = Some(CannedUse { url, answer });
    }

    /// It went wrong; the first word about that counts.
    pub(super) fn failed(&self, error: &wasmtime_wasi_http::Error) {
        let mut exchange = self.exchange();
        if exchange.error.is_none() && !exchange.is_refused {
            exchange.error = Some(text::printable(&self.redactor.text(&error.to_string()), MAX_ERROR));
        }
    }

    /// Bytes of a body; false if they are too many.
    pub(super) fn count(&self, way: Way, count: usize) -> bool {
        let count = count as u64;
        let body = match way {
            Way::Out => &self.sent,
            Way::In => &self.received,
        };
        let of_body = body.fetch_add(count, Ordering::Relaxed).saturating_add(count);
        self.meter.count_bytes(way, count, of_body)
    }

    fn exchange(&self) -> MutexGuard<'_, HttpExchange> {
        self.exchange.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let exchange = HttpExchange {
            sent: self.sent.load(Ordering::Relaxed),
            received: self.received.load(Ordering::Relaxed),
            duration: self.started.elapsed(),
            ..self.exchange().clone()
        };
        self.meter.note_time(exchange.duration);
        self.log.exchange(&exchange);
    }
}

/// Bytes of a guest's words in a record.
const MAX_METHOD: usize = 20;
const MAX_PATH: usize = 200;
const MAX_ERROR: usize = 500;
const MAX_URL: usize = 4000;
