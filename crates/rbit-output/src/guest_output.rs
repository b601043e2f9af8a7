//! Standard output and error: lines for the log, up to a cap.
//!
//! Beyond the cap output is swallowed and counted, so that a guest which prints too much can still finish; closing the stream
//! would make most languages panic. A line counts as at least [`LINE_COST`] bytes, since its entry in the log is longer than that: empty
//! lines would otherwise fill a disk under a small cap.

mod length;
mod line_buffer;
mod rate;
mod tail;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use rbit_job::{
    Limits,
    exit_code::LastWords,
    port::{GuestLog, GuestStream},
};
use rbit_redact::Redactor;

use self::{length::Length, line_buffer::LineBuffer, rate::Rate, tail::Tail};
use crate::text;

/// Everything one guest prints. Both streams share the limits.
pub struct GuestOutput {
    log: Arc<dyn GuestLog>,
    /// Bytes that are kept.
    cap: u64,
    rate: u32,
    redactor: Redactor,
    printed: Mutex<Printed>,
}

struct Printed {
    bytes: u64,
    lines: Lines,
    longest: Length,
    stdout: LineBuffer,
    stderr: LineBuffer,
    stdout_tail: Tail,
    stderr_tail: Tail,
    /// Nothing is passed on any more.
    is_finished: bool,
}

impl GuestOutput {
    /// What a guest prints under these limits goes to the log, without what the redactor knows.
    pub fn new(log: Arc<dyn GuestLog>, limits: &Limits, redactor: Redactor) -> Self {
        let max_line = usize::try_from(limits.log_line).unwrap_or(usize::MAX);
        Self {
            log,
            cap: limits.log,
            rate: limits.log_rate,
            redactor: redactor.clone(),
            printed: Mutex::new(Printed {
                bytes: 0,
                lines: Lines::new(limits.log_rate),
                longest: Length::default(),
                stdout: LineBuffer::new(max_line, redactor.clone()),
                stderr: LineBuffer::new(max_line, redactor.clone()),
                stdout_tail: Tail::new(STDOUT_TAIL, redactor.clone()),
                stderr_tail: Tail::new(STDERR_TAIL, redactor),
                is_finished: false,
            }),
        }
    }

    /// Takes what the guest wrote, however much it is.
    pub fn write(&self, stream: GuestStream, bytes: &[u8]) {
        let printed = &mut *self.lock();
        if printed.is_finished {
            return;
        }
        match stream {
            GuestStream::Stdout => printed.stdout_tail.push(bytes),
            GuestStream::Stderr => printed.stderr_tail.push(bytes),
        }
        printed.longest.push(stream, bytes);
        let room = usize::try_from(self.cap.saturating_sub(printed.bytes)).unwrap_or(usize::MAX);
        let (kept, _) = bytes.split_at(bytes.len().min(room));
        printed.bytes = printed.bytes.saturating_add(bytes.len() as u64);
        let (buffer, lines) = printed.parts(stream);
        buffer.push(kept, |line| lines.pass(self, stream, line));
    }

    /// Writes what no line end has followed, and how much is missing. What the guest writes afterwards is nowhere: the next line of the
    /// job says how it ended, and is the last one.
    pub fn finish(&self) {
        let printed = &mut *self.lock();
        if std::mem::replace(&mut printed.is_finished, true) {
            return;
        }
        for stream in [GuestStream::Stdout, GuestStream::Stderr] {
            let (buffer, lines) = printed.parts(stream);
            buffer.finish(|line| lines.pass(self, stream, line));
        }
        let over_cap = self.over_cap(printed).saturating_add(printed.lines.over_cap);
        if over_cap > 0 {
            let cap = text::bytes(self.cap);
            self.note(&format!(
                "[{over_cap} more bytes of output dropped: limit `log` is {cap}]"
            ));
        }
        if printed.lines.over_rate > 0 {
            let (over, rate) = (printed.lines.over_rate, self.rate);
            self.note(&format!(
                "[{over} bytes of output dropped: limit `log-rate` is {rate} lines a second]"
            ));
        }
    }

    /// What knows the guest's secrets.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Where its lines go.
    pub fn log(&self) -> Arc<dyn GuestLog> {
        self.log.clone()
    }

    /// Bytes the guest wrote, kept or not.
    pub fn bytes(&self) -> u64 {
        self.lock().bytes
    }

    /// Those of them that were not kept.
    pub fn dropped(&self) -> u64 {
        let printed = self.lock();
        let lines = &printed.lines;
        self.over_cap(&printed)
            .saturating_add(lines.over_cap)
            .saturating_add(lines.over_rate)
    }

    /// Bytes of the longest line, and the most lines in one second: as they came, kept or not.
    pub fn peaks(&self) -> (u64, u64) {
        let printed = self.lock();
        (printed.longest.peak(), printed.lines.rate.peak())
    }

    /// The last words on both streams.
    pub fn last_words(&self) -> LastWords {
        let mut printed = self.lock();
        LastWords {
            stderr: printed.stderr_tail.text(),
            stdout: printed.stdout_tail.text(),
        }
    }

    /// The last words on stderr, on one line; empty if there were none.
    pub fn stderr_tail(&self) -> String {
        self.lock().stderr_tail.text()
    }

    fn over_cap(&self, printed: &Printed) -> u64 {
        printed.bytes.saturating_sub(self.cap)
    }

    fn note(&self, line: &str) {
        self.log.line(GuestStream::Stderr, line);
    }

    fn lock(&self) -> MutexGuard<'_, Printed> {
        self.printed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Printed {
    fn parts(&mut self, stream: GuestStream) -> (&mut LineBuffer, &mut Lines) {
        let buffer = match stream {
            GuestStream::Stdout => &mut self.stdout,
            GuestStream::Stderr => &mut self.stderr,
        };
        (buffer, &mut self.lines)
    }
}

/// Lines that were passed on, and bytes of those that were not because there were too many.
struct Lines {
    passed: u64,
    rate: Rate,
    over_cap: u64,
    over_rate: u64,
}

impl Lines {
    fn new(rate: u32) -> Self {
        Self {
            passed: 0,
            rate: Rate::new(rate),
            over_cap: 0,
            over_rate: 0,
        }
    }

    fn pass(&mut self, output: &GuestOutput, stream: GuestStream, line: &str) {
        let bytes = line.len() as u64 + 1;
        if self.passed >= FREE_LINES + output.cap / LINE_COST {
            self.over_cap = self.over_cap.saturating_add(bytes);
        } else if !self.rate.admits(Instant::now()) {
            self.over_rate = self.over_rate.saturating_add(bytes);
        } else {
            self.passed += 1;
            output.log.line(stream, line);
        }
    }
}

/// What a line counts at least, in bytes.
const LINE_COST: u64 = 64;
/// Lines that are passed on under any cap.
const FREE_LINES: u64 = 100;

/// Enough for a panic, its place and a few lines before it.
const STDERR_TAIL: usize = 2 << 10;
/// What a tool complains of is at the end of what it prints; what it does comes before, and is no reason.
const STDOUT_TAIL: usize = 300;

#[cfg(test)]
mod tests {
    use rbit_job::http::HttpExchange;

    use super::*;

    #[derive(Default)]
    struct Heard(Mutex<Vec<String>>);

    impl GuestLog for Heard {
        fn line(&self, stream: GuestStream, line: &str) {
            self.0.lock().unwrap().push(format!("{}: {line}", stream.as_str()));
        }

        fn exchange(&self, _: &HttpExchange) {}
    }

    fn printed(cap: u64, writes: &[(GuestStream, &str)]) -> (Vec<String>, GuestOutput) {
        let limits = Limits {
            log: cap,
            ..Limits::default()
        };
        printed_under(&limits, writes)
    }

    fn printed_under(limits: &Limits, writes: &[(GuestStream, &str)]) -> (Vec<String>, GuestOutput) {
        let lines = Arc::new(Heard::default());
        let output = GuestOutput::new(lines.clone(), limits, Redactor::default());
        for (stream, text) in writes {
            output.write(*stream, text.as_bytes());
        }
        output.finish();
        (lines.0.lock().unwrap().clone(), output)
    }

    use GuestStream::{Stderr, Stdout};

    #[test]
    fn streams_are_split_into_lines_each_for_itself() {
        let (lines, output) = printed(99, &[(Stdout, "a"), (Stderr, "x\n"), (Stdout, "b\nc")]);
        assert_eq!(lines, ["stderr: x", "stdout: ab", "stdout: c"]);
        assert_eq!(output.bytes(), 6);
        assert_eq!(output.peaks(), (2, 3));
    }

    #[test]
    fn what_is_over_the_cap_is_counted_and_the_end_of_stderr_still_known() {
        let (lines, output) = printed(4, &[(Stdout, "ab\ncdef\n"), (Stderr, "panicked\n")]);
        assert_eq!(
            lines,
            [
                "stdout: ab",
                "stdout: c",
                "stderr: [13 more bytes of output dropped: limit `log` is 4 bytes]"
            ]
        );
        assert_eq!((output.bytes(), output.stderr_tail().as_str()), (17, "panicked"));
        assert_eq!(output.dropped(), 13);
    }

    #[test]
    fn lines_that_come_too_fast_are_counted() {
        let limits = Limits {
            log_rate: 2,
            ..Limits::default()
        };
        let (lines, output) = printed_under(&limits, &[(Stdout, &"x\n".repeat(50))]);
        // A second may end in between, but not so often.
        assert!((3..10).contains(&lines.len()), "{lines:?}");
        let last = lines.last().unwrap();
        assert!(last.ends_with("limit `log-rate` is 2 lines a second]"), "{last}");
        assert_eq!(output.dropped(), 100 - 2 * (lines.len() as u64 - 1));
    }

    #[test]
    fn nothing_follows_the_end() {
        let lines = Arc::new(Heard::default());
        let output = GuestOutput::new(lines.clone(), &Limits::default(), Redactor::default());
        output.write(Stdout, b"a");
        output.finish();
        output.write(Stdout, b"b\n");
        output.finish();
        assert_eq!(*lines.0.lock().unwrap(), ["stdout: a"]);
    }

    #[test]
    fn empty_lines_are_not_free() {
        let (lines, _) = printed(6400, &[(Stdout, &"\n".repeat(6400))]);
        assert_eq!(lines.len(), 201);
        assert_eq!(
            lines[200],
            "stderr: [6200 more bytes of output dropped: limit `log` is 6400 bytes]"
        );
    }

    #[test]
    fn output_that_fits_exactly_is_not_called_dropped() {
        assert_eq!(printed(2, &[(Stdout, "a\n")]).0, ["stdout: a"]);
    }

    #[test]
    fn a_guest_that_prints_nothing_leaves_no_line() {
        assert!(printed(9, &[]).0.is_empty());
    }
}
