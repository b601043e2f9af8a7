//! The last words.

use crate::text;

/// The last [`MAX_TAIL`] bytes of a stream.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// At most twice what is kept, so that cutting is rare.
    bytes: Vec<u8>,
}

impl Tail {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let (_, last) = bytes.split_at(bytes.len().saturating_sub(MAX_TAIL));
        self.bytes.extend_from_slice(last);
        if self.bytes.len() > 2 * MAX_TAIL {
            self.cut();
        }
    }

    /// As one line: a panic's message and its hints are several.
    pub(super) fn text(&mut self) -> String {
        self.cut();
        let text = String::from_utf8_lossy(&self.bytes);
        let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        // Escaped and joined it is longer; only what is hostile has twice the length.
        text::printable(&lines.join(" / "), 2 * MAX_TAIL)
    }

    fn cut(&mut self) {
        self.bytes.drain(..self.bytes.len().saturating_sub(MAX_TAIL));
    }
}

/// Enough for a panic, its place and a few lines before it.
const MAX_TAIL: usize = 2 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_what_came_last() {
        let mut tail = Tail::default();
        for _ in 0..100 {
            tail.push(&[b'.'; 999]);
        }
        tail.push(b"\npanicked at src/lib.rs:5\n  boom\n");
        let text = tail.text();
        assert!(text.ends_with("/ panicked at src/lib.rs:5 / boom"), "{text}");
        assert!(text.len() <= MAX_TAIL + 9);
    }
}
