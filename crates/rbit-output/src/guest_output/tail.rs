//! The last words.

use rbit_redact::Redactor;

use super::line_buffer::LineBuffer;
use crate::text;

/// The last bytes of a stream, as they may be shown.
#[derive(Debug)]
pub(super) struct Tail {
    lines: LineBuffer,
    /// At most twice what is kept, so that cutting is rare.
    shown: String,
    /// How many bytes are kept.
    most: usize,
}

impl Tail {
    pub(super) fn new(most: usize, redactor: Redactor) -> Self {
        Self {
            lines: LineBuffer::new(most, redactor),
            shown: String::new(),
            most,
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        let (shown, most) = (&mut self.shown, self.most);
        self.lines.push(bytes, |line| keep(shown, line, most));
    }

    /// As one line: a panic's message and its hints are several.
    pub(super) fn text(&mut self) -> String {
        let (shown, most) = (&mut self.shown, self.most);
        self.lines.finish(|line| keep(shown, line, most));
        cut(shown, most);
        let lines: Vec<_> = shown.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        // Joined it is longer; only what is hostile has twice the length.
        text::printable(&lines.join(" / "), 2 * most)
    }
}

fn keep(shown: &mut String, line: &str, most: usize) {
    shown.push_str(line);
    shown.push('\n');
    if shown.len() > 2 * most {
        cut(shown, most);
    }
}

fn cut(shown: &mut String, most: usize) {
    let too_much = shown.len().saturating_sub(most);
    let end = (too_much..=shown.len()).find(|index| shown.is_char_boundary(*index));
    shown.drain(..end.unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_what_came_last() {
        let mut tail = Tail::new(2 << 10, Redactor::default());
        for _ in 0..100 {
            tail.push(&[b'.'; 999]);
        }
        tail.push(b"\npanicked at src/lib.rs:5\n  boom\n");
        let text = tail.text();
        assert!(text.ends_with("/ panicked at src/lib.rs:5 / boom"), "{text}");
        assert!(text.len() <= 2048 + 9);
    }
}
