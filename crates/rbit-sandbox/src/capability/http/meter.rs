//! What a guest has used of its HTTP limits, and the first thing that it was refused.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http::{HeaderMap, HeaderName, HeaderValue};
use rbit_job::{Limits, Reason, http::HttpRefusal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::text;

/// The account of one guest.
#[derive(Debug)]
pub(crate) struct HttpMeter {
    pub(super) limits: Limits,
    requests: AtomicU64,
    refused: AtomicU64,
    bytes: AtomicU64,
    under_way: AtomicU64,
    peak: AtomicU64,
    largest: [AtomicU64; 2],
    longest_micros: AtomicU64,
    headers: AtomicU64,
    places: Arc<Semaphore>,
    met: OnceLock<(Reason, String)>,
}

/// Room for one request, until its answer is over.
#[derive(Debug)]
pub(super) struct Place {
    meter: Arc<HttpMeter>,
    _permit: OwnedSemaphorePermit,
}

/// What single requests had at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HttpPeaks {
    /// From the call to the end of the answer.
    pub(crate) time: Duration,
    /// Bytes of the body.
    pub(crate) request: u64,
    /// Bytes of the answer's body.
    pub(crate) response: u64,
    /// Bytes of the header fields.
    pub(crate) headers: u64,
}

/// Which way a body goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Out,
    In,
}

impl HttpMeter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            limits: *limits,
            requests: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            under_way: AtomicU64::new(0),
            peak: AtomicU64::new(0),
            largest: Default::default(),
            longest_micros: AtomicU64::new(0),
            headers: AtomicU64::new(0),
            places: Arc::new(Semaphore::new(limits.http_concurrency.max(1) as usize)),
            met: OnceLock::new(),
        }
    }

    /// Counts a request; false if it is one too many.
    pub(super) fn count_request(&self) -> bool {
        let (before, limit) = (
            self.requests.fetch_add(1, Ordering::Relaxed),
            u64::from(self.limits.http_requests),
        );
        if before >= limit {
            self.meet(Reason::HttpLimit, || {
                format!("http-requests: limit {limit}, peak {limit}, 1 more refused")
            });
        }
        before < limit
    }

    /// Counts a request that a rule is against.
    pub(super) fn count_refusal(&self, refusal: HttpRefusal, target: &str, is_refused: bool) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        if is_refused {
            self.meet(Reason::Denied, || {
                format!("a request to {target} was refused: {refusal}")
            });
        }
    }

    /// Counts bytes of a body that has so many with them; false if they are too many.
    pub(super) fn count_bytes(&self, way: Way, count: u64, of_body: u64) -> bool {
        let (key, limit) = match way {
            Way::Out => ("http-request-size", self.limits.http_request_size),
            Way::In => ("http-response-size", self.limits.http_response_size),
        };
        let before = self.bytes.fetch_add(count, Ordering::Relaxed);
        let together = before.saturating_add(count);
        let over = |key, limit, peak, more| {
            // What is refused is not used.
            self.bytes.fetch_sub(count, Ordering::Relaxed);
            let [limit, peak, more] = [limit, peak, more].map(text::bytes);
            self.meet(Reason::HttpLimit, || {
                format!("{key}: limit {limit}, peak {peak}, {more} more refused")
            });
            false
        };
        if of_body > limit {
            return over(key, limit, of_body - count, count);
        }
        if together > self.limits.http_bytes {
            return over("http-bytes", self.limits.http_bytes, before, count);
        }
        let [out, incoming] = &self.largest;
        let largest = if way == Way::Out { out } else { incoming };
        largest.fetch_max(of_body, Ordering::Relaxed);
        true
    }

    /// Notes the header fields of a request, counted as wasmtime counts them for the limit: with what it takes to hold them.
    pub(super) fn note_headers(&self, headers: &HeaderMap) {
        let names = headers.keys().map(|name| name.as_str().len() + size_of::<HeaderName>());
        let values = headers.values().map(|value| value.len() + size_of::<HeaderValue>());
        let bytes = names.chain(values).sum::<usize>();
        self.headers.fetch_max(bytes as u64, Ordering::Relaxed);
    }

    /// Notes how long a request took.
    pub(super) fn note_time(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.longest_micros.fetch_max(micros, Ordering::Relaxed);
    }

    /// Notes that a request took too long.
    pub(super) fn count_late(&self) {
        let limit = self.limits.http_timeout;
        self.meet(Reason::HttpLimit, || {
            format!("http-timeout: limit {limit:?} is over for one request")
        });
    }

    /// Waits for room. None if there is none any more.
    pub(super) async fn enter(self: &Arc<Self>) -> Option<Place> {
        let permit = self.places.clone().acquire_owned().await.ok()?;
        let under_way = self.under_way.fetch_add(1, Ordering::Relaxed) + 1;
        self.peak.fetch_max(under_way, Ordering::Relaxed);
        Some(Place {
            meter: self.clone(),
            _permit: permit,
        })
    }

    /// What the guest met first, as a reason and in the words of the INI file.
    pub(crate) fn met(&self) -> Option<(Reason, String)> {
        self.met.get().cloned()
    }

    /// Requests, those of them that a rule was against, the most at once, and bytes.
    pub(crate) fn counts(&self) -> [u64; 4] {
        [&self.requests, &self.refused, &self.peak, &self.bytes].map(|count| count.load(Ordering::Relaxed))
    }

    /// What single requests had at most.
    pub(crate) fn peaks(&self) -> HttpPeaks {
        let read = |peak: &AtomicU64| peak.load(Ordering::Relaxed);
        let [request, response] = self.largest.each_ref().map(read);
        HttpPeaks {
            time: Duration::from_micros(read(&self.longest_micros)),
            request,
            response,
            headers: read(&self.headers),
        }
    }

    fn meet(&self, reason: Reason, text: impl FnOnce() -> String) {
        self.met.get_or_init(|| (reason, text()));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.meter.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn meter() -> Arc<HttpMeter> {
        Arc::new(HttpMeter::new(&Limits {
            http_requests: 2,
            http_concurrency: 2,
            http_request_size: 10,
            http_response_size: 20,
            http_bytes: 25,
            ..Limits::default()
        }))
    }

    #[test]
    fn requests_are_counted_also_beyond_the_limit() {
        let meter = meter();
        assert_eq!([0; 3].map(|_| meter.count_request()), [true, true, false]);
        assert_eq!(meter.counts()[0], 3);
        let met = meter.met().unwrap();
        assert_eq!(
            met,
            (
                Reason::HttpLimit,
                "http-requests: limit 2, peak 2, 1 more refused".into()
            )
        );
    }

    #[test]
    fn bodies_have_a_limit_each_and_one_together() {
        for (bodies, text) in [
            (
                &[(Way::Out, 11, 11)][..],
                Some("http-request-size: limit 10 bytes, peak 0 bytes, 11 bytes more refused"),
            ),
            (
                &[(Way::In, 20, 20), (Way::In, 1, 21)],
                Some("http-response-size: limit 20 bytes, peak 20 bytes, 1 bytes more refused"),
            ),
            (&[(Way::In, 20, 20), (Way::Out, 5, 5)], None),
            (
                &[(Way::In, 20, 20), (Way::Out, 6, 6)],
                Some("http-bytes: limit 25 bytes, peak 20 bytes, 6 bytes more refused"),
            ),
        ] {
            let meter = meter();
            let fits = bodies
                .iter()
                .all(|(way, count, of_body)| meter.count_bytes(*way, *count, *of_body));
            assert_eq!(fits, text.is_none());
            assert!(meter.counts()[3] <= 25);
            let peaks = meter.peaks();
            assert!(peaks.request <= 10 && peaks.response <= 20, "{peaks:?}");
            assert_eq!(meter.met().map(|(_, text)| text).as_deref(), text);
        }
    }

    #[test]
    fn the_most_that_one_request_had_is_known() {
        let meter = meter();
        for body in [3, 7] {
            meter.count_bytes(Way::Out, body, body);
        }
        meter.count_bytes(Way::In, 9, 9);
        meter.note_headers(&HeaderMap::from_iter([(
            http::header::HOST,
            "cnx.org".parse().unwrap(),
        )]));
        meter.note_headers(&HeaderMap::new());
        meter.note_time(Duration::from_millis(8));
        meter.note_time(Duration::from_millis(5));
        let peaks = HttpPeaks {
            time: Duration::from_millis(8),
            request: 7,
            response: 9,
            headers: (11 + size_of::<HeaderName>() + size_of::<HeaderValue>()) as u64,
        };
        assert_eq!(meter.peaks(), peaks);
    }

    #[tokio::test]
    async fn a_request_waits_for_room() {
        let meter = meter();
        let first = meter.enter().await.unwrap();
        let _second = meter.enter().await.unwrap();
        let mut third = Box::pin(meter.enter());
        assert!((&mut third).now_or_never().is_none());
        drop(first);
        assert!(third.await.is_some());
        assert_eq!(meter.counts()[2], 2);
    }
}
