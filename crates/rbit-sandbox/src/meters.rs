//! What a guest has used so far, to be read at any time by whoever waits for it.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use rbit_job::{Limits, Usage};
use rbit_output::GuestOutput;
use rustix::time::{ClockId, clock_gettime};

use crate::capability::{files::Ledger, http::HttpMeter};

/// The meters of one guest. Its thread writes them; they can be read while it is out of reach.
pub(crate) struct Meters {
    pub(crate) limits: Limits,
    pub(crate) output: Arc<GuestOutput>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) http: Arc<HttpMeter>,
    pub(crate) memory_peak: AtomicU64,
    pub(crate) table_peak: AtomicU64,
    handle_peak: AtomicU64,
    random_peak: AtomicU64,
    cpu_nanos: AtomicU64,
    started: OnceLock<Instant>,
    instantiation: OnceLock<Duration>,
}

impl Meters {
    pub(crate) fn new(limits: Limits, output: Arc<GuestOutput>) -> Self {
        Self {
            limits,
            output,
            ledger: Arc::new(Ledger::new(&limits)),
            http: Arc::new(HttpMeter::new(&limits)),
            memory_peak: AtomicU64::new(0),
            table_peak: AtomicU64::new(0),
            handle_peak: AtomicU64::new(0),
            random_peak: AtomicU64::new(0),
            cpu_nanos: AtomicU64::new(0),
            started: OnceLock::new(),
            instantiation: OnceLock::new(),
        }
    }

    /// The guest's time begins.
    pub(crate) fn start(&self) {
        self.started.get_or_init(Instant::now);
    }

    /// Notes that there is an instance now.
    pub(crate) fn note_instance(&self) {
        if let Some(started) = self.started.get() {
            self.instantiation.get_or_init(|| started.elapsed());
        }
    }

    /// Notes the time on a processor, and returns it.
    pub(crate) fn note_cpu(&self, clock: CpuClock) -> Duration {
        let used = clock.used();
        let nanos = u64::try_from(used.as_nanos()).unwrap_or(u64::MAX);
        self.cpu_nanos.store(nanos, Ordering::Relaxed);
        used
    }

    /// Notes how many handles there were at once.
    pub(crate) fn note_handles(&self, count: u64) {
        self.handle_peak.fetch_max(count, Ordering::Relaxed);
    }

    /// Notes how many random bytes were asked for in one call.
    pub(crate) fn note_random(&self, bytes: u64) {
        self.random_peak.fetch_max(bytes, Ordering::Relaxed);
    }

    /// What was used until now; nothing if no guest code ran.
    pub(crate) fn usage(&self) -> Usage {
        let Some(started) = self.started.get() else {
            return Usage::default();
        };
        let disk = self.ledger.peaks();
        let read = |meter: &AtomicU64| meter.load(Ordering::Relaxed);
        let (log_line_peak, log_rate_peak) = self.output.peaks();
        let http = self.http.peaks();
        let [http_requests, http_refused, http_peak, http_bytes] = self.http.counts();
        Usage {
            wall: started.elapsed(),
            cpu: Duration::from_nanos(read(&self.cpu_nanos)),
            memory_peak: read(&self.memory_peak),
            table_peak: read(&self.table_peak),
            handles_peak: read(&self.handle_peak),
            random_peak: read(&self.random_peak),
            disk_peak: disk.bytes,
            files_peak: disk.files,
            open_files_peak: disk.open,
            log_bytes: self.output.bytes(),
            log_dropped: self.output.dropped(),
            log_line_peak,
            log_rate_peak,
            http_requests,
            http_refused,
            http_peak,
            http_bytes,
            http_time_peak: http.time,
            http_request_peak: http.request,
            http_response_peak: http.response,
            header_peak: http.headers,
            limits: Some(self.limits),
            // Said by who knows it.
            component: None,
            was_ready: false,
            instantiation: self.instantiation.get().copied().unwrap_or_default(),
        }
    }
}

/// The time that the current thread has spent on a processor since this was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CpuClock {
    began: Duration,
}

impl CpuClock {
    pub(crate) fn start() -> Self {
        Self { began: of_thread() }
    }

    fn used(self) -> Duration {
        of_thread().saturating_sub(self.began)
    }
}

fn of_thread() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}
