//! What a job's guest prints, on its way to the log.
//!
//! The thread that listens to a child must not wait for a log: other jobs' results come the same way. So lines are put aside, and
//! written by a thread of the job's own, which there is from the first line to the last.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
};

use rbit_job::{
    http::{CannedUse, HttpExchange},
    port::{GuestLog, GuestStream},
};
use rbit_sandbox::printable;
use tokio::sync::oneshot;

use crate::wire::Violation;

/// The log of one job.
pub(super) struct JobLog {
    sink: Arc<dyn GuestLog>,
    /// Bytes that the child may still pass on.
    allowance: u64,
    /// Requests that it may still pass on.
    exchanges: u32,
    waiting: Arc<Waiting>,
    writer: Option<Writer>,
}

struct Writer {
    entries: mpsc::Sender<Entry>,
    ended: oneshot::Receiver<Written>,
}

/// What is written.
enum Entry {
    Line(GuestStream, String),
    Exchange(Box<HttpExchange>),
}

/// What became of the lines: in order, or what the log said as it panicked.
pub(super) type Written = Result<(), String>;

/// Resolves when every line is written; there is none if there is nothing to wait for.
pub(super) type Ended = Option<oneshot::Receiver<Written>>;

#[derive(Default)]
struct Waiting {
    bytes: AtomicU64,
    dropped: AtomicU64,
}

impl JobLog {
    /// A log for a job whose limit `log` is this.
    pub(super) fn new(sink: Arc<dyn GuestLog>, limit: u64) -> Self {
        Self {
            sink,
            // Escaping makes lines longer, and empty ones are passed on as well.
            allowance: limit.saturating_mul(MAX_GROWTH).saturating_add(FREE),
            exchanges: MAX_EXCHANGES,
            waiting: Arc::default(),
            writer: None,
        }
    }

    /// Takes a line. A sandbox keeps to the limit: more than it can have let through is not its doing.
    pub(super) fn line(&mut self, stream: GuestStream, line: &str) -> Result<(), Violation> {
        let cost = line.len() as u64 + 1;
        self.allowance = self.allowance.checked_sub(cost).ok_or(Violation::Output)?;
        self.put(Entry::Line(stream, printable(line, MAX_LINE)));
        Ok(())
    }

    /// Takes a request. What it says of itself is the child's word.
    pub(super) fn exchange(&mut self, exchange: HttpExchange) -> Result<(), Violation> {
        self.exchanges = self.exchanges.checked_sub(1).ok_or(Violation::Output)?;
        let clean = |text: String| printable(&text, MAX_WORD);
        self.put(Entry::Exchange(Box::new(HttpExchange {
            method: clean(exchange.method),
            target: exchange.target.map(clean),
            path: clean(exchange.path),
            error: exchange.error.map(clean),
            canned: exchange.canned.map(|used| CannedUse {
                url: clean(used.url),
                ..used
            }),
            ..exchange
        })));
        Ok(())
    }

    fn put(&mut self, entry: Entry) {
        let cost = entry.cost();
        let before = self.waiting.bytes.fetch_add(cost, Ordering::AcqRel);
        let is_taken = before + cost <= MAX_WAITING && self.write(entry);
        if !is_taken {
            self.waiting.bytes.fetch_sub(cost, Ordering::AcqRel);
            self.waiting.dropped.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// There are no more lines.
    pub(super) fn end(self) -> Ended {
        self.writer.map(|writer| writer.ended)
    }

    fn write(&mut self, entry: Entry) -> bool {
        if self.writer.is_none() {
            self.writer = start(self.sink.clone(), self.waiting.clone());
        }
        self.writer
            .as_ref()
            .is_some_and(|writer| writer.entries.send(entry).is_ok())
    }
}

fn start(sink: Arc<dyn GuestLog>, waiting: Arc<Waiting>) -> Option<Writer> {
    let (entries, received) = mpsc::channel();
    let (end, ended) = oneshot::channel();
    let write = move || {
        let written = panic::catch_unwind(AssertUnwindSafe(|| write(&*sink, &waiting, &received)));
        // Whoever waited may have given up.
        let _ = end.send(written.map_err(|panic| words(panic.as_ref())));
    };
    thread::Builder::new().name("guest-log".into()).spawn(write).ok()?;
    Some(Writer { entries, ended })
}

impl Entry {
    /// Bytes in memory.
    fn cost(&self) -> u64 {
        let bytes = match self {
            Self::Line(_, line) => line.len(),
            Self::Exchange(exchange) => {
                let HttpExchange {
                    method,
                    target,
                    path,
                    error,
                    canned,
                    ..
                } = &**exchange;
                let words = [target, error].into_iter().flatten().map(String::len).sum::<usize>();
                let url = canned.as_ref().map_or(0, |used| used.url.len());
                size_of::<HttpExchange>() + method.len() + path.len() + words + url
            }
        };
        bytes as u64 + 1
    }
}

fn write(sink: &dyn GuestLog, waiting: &Waiting, entries: &mpsc::Receiver<Entry>) {
    for entry in entries {
        let cost = entry.cost();
        match entry {
            Entry::Line(stream, line) => sink.line(stream, &line),
            Entry::Exchange(exchange) => sink.exchange(&exchange),
        }
        waiting.bytes.fetch_sub(cost, Ordering::AcqRel);
    }
    let dropped = waiting.dropped.load(Ordering::Acquire);
    if dropped > 0 {
        let text = format!("[{dropped} lines of output dropped: the log does not keep up]");
        sink.line(GuestStream::Stderr, &text);
    }
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("without a message").to_owned()
}

/// How much longer a line can be than what the guest printed: a character of one byte becomes one of up to eight, and an empty line
/// counts as one.
const MAX_GROWTH: u64 = 16;
/// What is let through under any limit, the note about what was dropped included.
const FREE: u64 = 64 << 10;
/// Bytes that may wait for the log.
const MAX_WAITING: u64 = 8 << 20;
/// Bytes of a line.
const MAX_LINE: usize = 64 << 10;
/// Requests of one job, refused ones included: more than one that keeps to a limit can make.
const MAX_EXCHANGES: u32 = 1 << 20;
/// Bytes of a word about a request.
const MAX_WORD: usize = 4 << 10;

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A log that is let go on by the test.
    struct Slow {
        gate: Mutex<mpsc::Receiver<()>>,
        lines: Mutex<Vec<String>>,
    }

    impl GuestLog for Slow {
        fn line(&self, _: GuestStream, line: &str) {
            // Open for good once its other end is gone.
            let _ = self.gate.lock().unwrap().recv();
            self.lines.lock().unwrap().push(line.to_owned());
        }

        fn exchange(&self, exchange: &HttpExchange) {
            let _ = self.gate.lock().unwrap().recv();
            self.lines.lock().unwrap().push(exchange.path.clone());
        }
    }

    fn slow() -> (Arc<Slow>, mpsc::Sender<()>) {
        let (open, gate) = mpsc::channel();
        let slow = Slow {
            gate: Mutex::new(gate),
            lines: Mutex::default(),
        };
        (Arc::new(slow), open)
    }

    #[test]
    fn a_log_that_stands_still_holds_nobody_up_and_what_it_missed_is_counted() {
        let (sink, gate) = slow();
        let mut log = JobLog::new(sink.clone(), 64 << 20);
        let line = "x".repeat(64 << 10);
        for _ in 0..200 {
            log.line(GuestStream::Stdout, &line).unwrap();
        }
        drop(gate);
        log.end().unwrap().blocking_recv().unwrap().unwrap();
        let lines = sink.lines.lock().unwrap();
        let kept = lines.len() - 1;
        assert!((100..=128).contains(&kept), "{kept}");
        let note = format!("[{} lines of output dropped: the log does not keep up]", 200 - kept);
        assert_eq!(lines.last(), Some(&note));
    }

    #[test]
    fn requests_that_wait_for_the_log_count_with_all_their_words() {
        let (sink, gate) = slow();
        let mut log = JobLog::new(sink.clone(), 0);
        let word = "x".repeat(MAX_WORD);
        let exchange = HttpExchange {
            target: Some(word.clone()),
            error: Some(word.clone()),
            path: word,
            ..HttpExchange::unknown(String::new(), [192, 0, 2, 1].into())
        };
        for _ in 0..2000 {
            log.exchange(exchange.clone()).unwrap();
        }
        drop(gate);
        log.end().unwrap().blocking_recv().unwrap().unwrap();
        let kept = sink.lines.lock().unwrap().len() - 1;
        assert!(kept as u64 * 3 * MAX_WORD as u64 <= MAX_WAITING && kept > 500, "{kept}");
    }

    #[test]
    fn a_child_that_passes_on_more_than_a_sandbox_would_is_found_out() {
        let (sink, _gate) = slow();
        let mut log = JobLog::new(sink, 1);
        let line = "x".repeat(60 << 10);
        assert_eq!(log.line(GuestStream::Stdout, &line), Ok(()));
        assert_eq!(log.line(GuestStream::Stdout, &line), Err(Violation::Output));
    }

    #[test]
    fn lines_are_made_fit_for_a_terminal_again() {
        let (sink, gate) = slow();
        drop(gate);
        let mut log = JobLog::new(sink.clone(), 100);
        log.line(GuestStream::Stdout, "a\u{1b}[2Jb\nc").unwrap();
        log.end().unwrap().blocking_recv().unwrap().unwrap();
        assert_eq!(*sink.lines.lock().unwrap(), [r"a\u{1b}[2Jb\nc"]);
    }

    #[test]
    fn a_job_that_prints_nothing_has_no_thread() {
        let (sink, _gate) = slow();
        assert!(JobLog::new(sink, 100).end().is_none());
    }
}
