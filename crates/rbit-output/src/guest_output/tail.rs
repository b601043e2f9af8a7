//! The last words.

use rbit_redact::Redactor;

use super::line_buffer::LineBuffer;
use crate::text;

/// The last [`MAX_TAIL`] bytes of a stream, as they may be shown.
#[derive(Debug)]
pub(super) struct Tail {
    lines: LineBuffer,
    /// At most twice what is kept, so that cutting is rare.
    shown: String,
}

impl Tail {
    pub(super) fn new(redactor: Redactor) -> Self {
        Self {
            lines: LineBuffer::new(MAX_TAIL, redactor),
            shown: String::new(),
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        let shown = &mut self.shown;
        self.lines.push(bytes, |line| keep(shown, line));
    }

    /// As one line: a panic's message and its hints are several.
    pub(super) fn text(&mut self) -> String {
        let shown = &mut self.shown;
        self.lines.finish(|line| keep(shown, line));
        cut(shown);
        let lines: Vec<_> = shown.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        // Joined it is longer; only what is hostile has twice the length.
        text::printable(&lines.join(" / "), 2 * MAX_TAIL)
    }
}

fn keep(shown: &mut String, line: &str) {
    shown.push_str(line);
    shown.push('\n');
    if shown.len() > 2 * MAX_TAIL {
        cut(shown);
    }
}

fn cut(shown: &mut String) {
    let too_much = shown.len().saturating_sub(MAX_TAIL);
    let end = (too_much..=shown.len()).find(|index| shown.is_char_boundary(*index));
    shown.drain(..end.unwrap_or_default());
}

/// Enough for a panic, its place and a few lines before it.
const MAX_TAIL: usize = 2 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_what_came_last() {
        let mut tail = Tail::new(Redactor::default());
        for _ in 0..100 {
            tail.push(&[b'.'; 999]);
        }
        tail.push(b"\npanicked at src/lib.rs:5\n  boom\n");
        let text = tail.text();
        assert!(text.ends_with("/ panicked at src/lib.rs:5 / boom"), "{text}");
        assert!(text.len() <= MAX_TAIL + 9);
    }
}
