//! Bytes into lines.

use rbit_redact::Redactor;

use crate::text;

/// Collects bytes until a line end; what it hands on is text without control characters.
#[derive(Debug)]
pub(super) struct LineBuffer {
    /// At most `max` bytes, and as many more as it takes to see whether a secret begins in them.
    pending: Vec<u8>,
    /// Bytes of one line as the guest wrote them. Shown, with every one of them escaped, it has five times as many.
    max: usize,
    /// Knows what must not be shown.
    redactor: Redactor,
}

impl LineBuffer {
    pub(super) fn new(max: usize, redactor: Redactor) -> Self {
        Self {
            pending: Vec::new(),
            // Less than a character cannot be shown.
            max: max.max(4),
            redactor,
        }
    }

    /// Takes bytes and hands every line that is complete to `emit`.
    pub(super) fn push(&mut self, mut bytes: &[u8], mut emit: impl FnMut(&str)) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = bytes.split_at(end);
            self.extend(line, &mut emit);
            self.emit_in_pieces(self.max, &mut emit);
            let rest_of_line = self.pending.strip_suffix(b"\r").unwrap_or(&self.pending);
            emit(&shown(&self.redactor.bytes(rest_of_line)));
            self.pending.clear();
            bytes = rest.get(1..).unwrap_or_default();
        }
        self.extend(bytes, &mut emit);
    }

    /// Hands on a last line that has no end.
    pub(super) fn finish(&mut self, mut emit: impl FnMut(&str)) {
        self.emit_in_pieces(self.max, &mut emit);
        if !self.pending.is_empty() {
            emit(&shown(&self.redactor.broken_off(&self.pending)));
            self.pending.clear();
        }
    }

    /// Takes bytes without a line end; a line that becomes too long is handed on in pieces.
    fn extend(&mut self, mut bytes: &[u8], emit: &mut impl FnMut(&str)) {
        let room = self.max + self.redactor.reach();
        while self.pending.len() + bytes.len() > room {
            let (fits, rest) = bytes.split_at(room - self.pending.len());
            self.pending.extend_from_slice(fits);
            self.emit_in_pieces(room - 1, emit);
            bytes = rest;
        }
        self.pending.extend_from_slice(bytes);
    }

    /// Hands on pieces until there is no more left than this.
    fn emit_in_pieces(&mut self, most: usize, emit: &mut impl FnMut(&str)) {
        while self.pending.len() > most {
            let piece = self.pending.get(..self.max.min(self.pending.len())).unwrap_or_default();
            let end = self.redactor.cut(&self.pending, whole_characters(piece));
            emit(&shown(
                &self.redactor.bytes(self.pending.get(..end).unwrap_or_default()),
            ));
            self.pending.drain(..end);
        }
    }
}

/// How many bytes of a full buffer end with a character: a character that is cut in two would be replaced twice.
fn whole_characters(bytes: &[u8]) -> usize {
    let last = bytes
        .iter()
        .rposition(|byte| !is_continuation(*byte))
        .unwrap_or_default();
    let is_cut = bytes.get(last..).is_some_and(|tail| {
        std::str::from_utf8(tail).is_err_and(|error| error.error_len().is_none() && error.valid_up_to() == 0)
    });
    // A buffer of nothing but continuation bytes is no text at all.
    if is_cut && last > 0 { last } else { bytes.len() }
}

fn is_continuation(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

fn shown(line: &[u8]) -> String {
    let mut text = String::with_capacity(line.len());
    for c in String::from_utf8_lossy(line).chars() {
        text::push_printable(&mut text, c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX_LINE: usize = 8 << 10;

    fn lines(pushes: &[&[u8]]) -> Vec<String> {
        let mut buffer = LineBuffer::new(MAX_LINE, Redactor::default());
        let mut lines = Vec::new();
        for bytes in pushes {
            buffer.push(bytes, |line| lines.push(line.to_owned()));
        }
        buffer.finish(|line| lines.push(line.to_owned()));
        lines
    }

    #[test]
    fn lines_come_out_whole_however_they_were_cut() {
        assert_eq!(lines(&[b"on", b"e\ntwo\r\n\nth", b"ree"]), ["one", "two", "", "three"]);
    }

    #[test]
    fn a_character_that_arrives_in_two_writes_is_one() {
        assert_eq!(lines(&[b"\xe2\x98", b"\x83\n"]), ["☃"]);
    }

    #[test]
    fn what_is_no_text_is_replaced_and_control_characters_are_escaped() {
        assert_eq!(lines(&[b"\xff\x1b[31m\0\t\n"]), ["\u{fffd}\\u{1b}[31m\\u{0}\\t"]);
    }

    #[test]
    fn a_line_without_end_is_handed_on_in_pieces() {
        let long = "x".repeat(MAX_LINE * 2 + 1);
        let lengths: Vec<_> = lines(&[long.as_bytes()]).iter().map(String::len).collect();
        assert_eq!(lengths, [MAX_LINE, MAX_LINE, 1]);
    }

    #[test]
    fn a_line_that_just_fits_stays_one() {
        let line = "x".repeat(MAX_LINE);
        assert_eq!(lines(&[line.as_bytes(), b"\n"]), [line]);
    }

    #[test]
    fn a_piece_ends_with_a_whole_character() {
        let text = format!("x{}", "☃".repeat(MAX_LINE / 3 + 1));
        assert_eq!(lines(&[text.as_bytes()]).concat(), text);
    }

    #[test]
    fn a_flood_of_bytes_that_are_no_text_comes_to_an_end() {
        assert_eq!(lines(&[&[0x80; MAX_LINE * 2]]).len(), 2);
        assert_eq!(lines(&[&[0xf0; MAX_LINE * 2 + 1]]).len(), 3);
    }

    fn redacted(max: usize, pushes: &[&[u8]]) -> Vec<String> {
        let mut buffer = LineBuffer::new(max, Redactor::new(["open-sesame"]));
        let mut lines = Vec::new();
        for bytes in pushes {
            buffer.push(bytes, |line| lines.push(line.to_owned()));
        }
        buffer.finish(|line| lines.push(line.to_owned()));
        lines
    }

    #[test]
    fn a_secret_is_found_however_it_was_cut() {
        let text = b"key: open-sesame, again b3Blbi1zZXNhbWU=\nopen-sesame";
        for first in 0..text.len() {
            for second in first..text.len() {
                let pushes = [&text[..first], &text[first..second], &text[second..]];
                let expected = ["key: [redacted], again [redacted]U=", "[redacted]"];
                assert_eq!(redacted(MAX_LINE, &pushes), expected, "{first} {second}");
            }
        }
    }

    #[test]
    fn a_secret_is_found_where_a_line_is_handed_on_in_pieces() {
        for before in 0..40 {
            let text = format!("{}open-sesame{}", "x".repeat(before), "y".repeat(40 - before));
            let lines = redacted(20, &[text.as_bytes()]);
            let shown = lines.concat();
            assert_eq!(shown, text.replace("open-sesame", "[redacted]"), "{lines:?}");
            let whole_at_once = redacted(20, &[text.as_bytes(), b"\n"]).concat();
            assert_eq!(whole_at_once, shown);
        }
    }

    #[test]
    fn the_beginning_of_a_secret_that_was_broken_off_is_not_shown() {
        assert_eq!(redacted(MAX_LINE, &[b"key: open-sesa"]), ["key: [redacted]"]);
    }
}
