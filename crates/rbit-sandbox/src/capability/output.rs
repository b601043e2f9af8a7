//! Standard output and error: lines for the log, up to a cap.
//!
//! Beyond the cap output is swallowed and counted, so that a guest which prints too much can still finish; closing the stream
//! would make most languages panic. A line counts as at least [`LINE_COST`] bytes, since its entry in the log is longer than that: empty
//! lines would otherwise fill a disk under a small cap.

mod line_buffer;
mod stream;
mod tail;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rbit_job::port::{GuestLog, GuestStream};

use self::{line_buffer::LineBuffer, tail::Tail};
use crate::text;

/// Everything one guest prints. Both streams share the cap.
pub(crate) struct GuestOutput {
    log: Arc<dyn GuestLog>,
    /// Bytes that are kept.
    cap: u64,
    printed: Mutex<Printed>,
}

#[derive(Default)]
struct Printed {
    bytes: u64,
    lines: Lines,
    stdout: LineBuffer,
    stderr: LineBuffer,
    stderr_tail: Tail,
}

impl GuestOutput {
    pub(crate) fn new(log: Arc<dyn GuestLog>, cap: u64) -> Self {
        Self {
            log,
            cap,
            printed: Mutex::default(),
        }
    }

    /// Takes what the guest wrote, however much it is.
    pub(crate) fn write(&self, stream: GuestStream, bytes: &[u8]) {
        let printed = &mut *self.lock();
        if stream == GuestStream::Stderr {
            printed.stderr_tail.push(bytes);
        }
        let room = usize::try_from(self.cap.saturating_sub(printed.bytes)).unwrap_or(usize::MAX);
        let (kept, _) = bytes.split_at(bytes.len().min(room));
        printed.bytes = printed.bytes.saturating_add(bytes.len() as u64);
        let (buffer, lines) = printed.parts(stream);
        buffer.push(kept, |line| lines.pass(self, stream, line));
    }

    /// Writes what no line end has followed, and how much is missing.
    pub(crate) fn finish(&self) {
        let printed = &mut *self.lock();
        for stream in [GuestStream::Stdout, GuestStream::Stderr] {
            let (buffer, lines) = printed.parts(stream);
            buffer.finish(|line| lines.pass(self, stream, line));
        }
        let dropped = printed
            .bytes
            .saturating_sub(self.cap)
            .saturating_add(printed.lines.dropped_bytes);
        if dropped > 0 {
            let cap = text::bytes(self.cap);
            self.log.line(
                GuestStream::Stderr,
                &format!("[{dropped} more bytes of output dropped: limit `log` is {cap}]"),
            );
        }
    }

    /// Bytes the guest wrote, kept or not.
    pub(crate) fn bytes(&self) -> u64 {
        self.lock().bytes
    }

    /// The last words on stderr, on one line; empty if there were none.
    pub(crate) fn stderr_tail(&self) -> String {
        self.lock().stderr_tail.text()
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

/// Lines that were passed on, and what was not because there were too many.
#[derive(Default)]
struct Lines {
    passed: u64,
    dropped_bytes: u64,
}

impl Lines {
    fn pass(&mut self, output: &GuestOutput, stream: GuestStream, line: &str) {
        if self.passed < FREE_LINES + output.cap / LINE_COST {
            self.passed += 1;
            output.log.line(stream, line);
        } else {
            self.dropped_bytes = self.dropped_bytes.saturating_add(line.len() as u64 + 1);
        }
    }
}

/// What a line counts at least, in bytes.
const LINE_COST: u64 = 64;
/// Lines that are passed on under any cap.
const FREE_LINES: u64 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Heard(Mutex<Vec<String>>);

    impl GuestLog for Heard {
        fn line(&self, stream: GuestStream, line: &str) {
            self.0.lock().unwrap().push(format!("{}: {line}", stream.as_str()));
        }
    }

    fn printed(cap: u64, writes: &[(GuestStream, &str)]) -> (Vec<String>, GuestOutput) {
        let lines = Arc::new(Heard::default());
        let output = GuestOutput::new(lines.clone(), cap);
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
