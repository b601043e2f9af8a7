//! Reading the pieces of a payload, and replacing them in place.

/// A place in a payload. Every step is `None` when there is not enough left.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    left: &'a mut [u8],
    /// Whether anything was replaced.
    pub(super) is_changed: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a mut [u8]) -> Self {
        Self {
            left: bytes,
            is_changed: false,
        }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.left.is_empty()
    }

    pub(super) fn take(&mut self, count: usize) -> Option<&'a mut [u8]> {
        let (taken, left) = std::mem::take(&mut self.left).split_at_mut_checked(count)?;
        self.left = left;
        Some(taken)
    }

    /// What comes next, which stays there.
    pub(super) fn peek(&self, count: usize) -> Option<&[u8]> {
        self.left.get(..count)
    }

    pub(super) fn skip(&mut self, count: usize) -> Option<()> {
        self.take(count).map(drop)
    }

    pub(super) fn octet(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(super) fn short(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(*self.take(2)?.first_chunk()?))
    }

    pub(super) fn long(&mut self) -> Option<usize> {
        Some(u32::from_be_bytes(*self.take(4)?.first_chunk()?) as usize)
    }

    /// A short string, each of whose bytes that are not UTF-8 becomes a question mark.
    pub(super) fn text(&mut self) -> Option<()> {
        let length = self.octet()?;
        let text = self.take(length.into())?;
        self.is_changed |= make_utf8(text);
        Some(())
    }
}

/// Whether it had to.
fn make_utf8(text: &mut [u8]) -> bool {
    let mut is_changed = false;
    let mut from = 0;
    while let Some(Err(error)) = text.get(from..).map(std::str::from_utf8) {
        let bad = from + error.valid_up_to();
        if let Some(byte) = text.get_mut(bad) {
            *byte = b'?';
        }
        from = bad + 1;
        is_changed = true;
    }
    is_changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bad_byte_becomes_a_question_mark_and_all_else_stays() {
        for (text, expected) in [
            (&b"caf\xc3\xa9"[..], "café"),
            (b"caf\xe9", "caf?"),
            (b"\xff\xfe a", "?? a"),
            (b"\xe2\x82", "??"),
            (b"", ""),
        ] {
            let mut bytes = text.to_vec();
            let is_changed = make_utf8(&mut bytes);
            assert_eq!(bytes, expected.as_bytes());
            assert_eq!(is_changed, text != expected.as_bytes());
        }
    }
}
