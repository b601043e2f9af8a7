//! How long lines are.

use rbit_job::port::GuestStream;

/// The longest line of two streams, in bytes as the guest wrote it, however it is cut to be shown.
#[derive(Debug, Default)]
pub(super) struct Length {
    stdout: u64,
    stderr: u64,
    peak: u64,
}

impl Length {
    /// Takes what was written.
    pub(super) fn push(&mut self, stream: GuestStream, bytes: &[u8]) {
        let current = match stream {
            GuestStream::Stdout => &mut self.stdout,
            GuestStream::Stderr => &mut self.stderr,
        };
        for (number, part) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if number > 0 {
                *current = 0;
            }
            *current = current.saturating_add(part.len() as u64);
            self.peak = self.peak.max(*current);
        }
    }

    /// Bytes of the longest until now.
    pub(super) fn peak(&self) -> u64 {
        self.peak
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_long_as_all_its_pieces_and_each_stream_has_its_own() {
        use GuestStream::{Stderr, Stdout};
        let mut length = Length::default();
        for (stream, bytes, peak) in [
            (Stdout, &b"abc"[..], 3),
            (Stderr, b"abcd", 4),
            (Stdout, b"de\nab\n", 5),
            (Stdout, b"abcde", 5),
            (Stderr, b"ef\n\n", 6),
        ] {
            length.push(stream, bytes);
            assert_eq!(length.peak(), peak);
        }
    }
}
