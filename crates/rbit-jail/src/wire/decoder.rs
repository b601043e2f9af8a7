//! From bytes, as they come, to frames.

use super::{Frame, Side, Violation, frame::Header};

/// Collects bytes until they are a frame. It never holds more than [`MAX_BUFFERED`] and what was fed to it last.
#[derive(Debug)]
pub struct Decoder {
    side: Side,
    buffer: Vec<u8>,
    /// How much of the buffer has become frames.
    used: usize,
}

/// Bytes of the longest frame.
pub const MAX_BUFFERED: usize = Header::SIZE + (4 << 20);

impl Decoder {
    /// A decoder for what `side` sends.
    pub fn new(side: Side) -> Self {
        Self {
            side,
            buffer: Vec::new(),
            used: 0,
        }
    }

    /// Takes bytes that came. [`Self::frame`] must be asked until it has no frame before more is fed.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.used);
        self.used = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next frame, if it is there as a whole.
    pub fn frame(&mut self) -> Result<Option<Frame>, Violation> {
        let rest = self.buffer.get(self.used..).unwrap_or_default();
        let Some((header, rest)) = rest.split_first_chunk::<{ Header::SIZE }>() else {
            return Ok(None);
        };
        let Header { kind, length, id } = Header::read(*header, self.side)?;
        let Some((body, _)) = rest.split_at_checked(length as usize) else {
            return Ok(None);
        };
        self.used += Header::SIZE + body.len();
        let body = body.to_vec();
        Ok(Some(Frame { kind, id, body }))
    }

    /// Whether the stream may end here.
    pub fn finish(&self) -> Result<(), Violation> {
        if self.used == self.buffer.len() {
            Ok(())
        } else {
            Err(Violation::CutOff)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::Kind;

    #[test]
    fn no_kind_is_longer_than_the_buffer() {
        assert!(
            Kind::ALL
                .iter()
                .all(|kind| kind.cap() as usize + Header::SIZE <= MAX_BUFFERED)
        );
    }

    fn decoded(side: Side, pieces: &[&[u8]]) -> Result<Vec<Frame>, Violation> {
        let mut decoder = Decoder::new(side);
        let mut frames = Vec::new();
        for piece in pieces {
            decoder.feed(piece);
            while let Some(frame) = decoder.frame()? {
                frames.push(frame);
            }
            assert!(decoder.buffer.len() - decoder.used <= MAX_BUFFERED);
        }
        decoder.finish().map(|()| frames)
    }

    fn any_frame(side: Side) -> impl Strategy<Value = Frame> {
        let kinds: Vec<_> = Kind::ALL.iter().copied().filter(|kind| kind.side() == side).collect();
        let kind = proptest::sample::select(kinds);
        (kind, any::<u64>(), proptest::collection::vec(any::<u8>(), 0..300)).prop_map(|(kind, id, body)| Frame {
            kind,
            id,
            body,
        })
    }

    fn any_side() -> impl Strategy<Value = Side> {
        proptest::sample::select(vec![Side::Parent, Side::Child])
    }

    proptest! {
        #[test]
        fn frames_come_out_as_they_went_in_wherever_the_stream_is_cut(
            (side, frames, cut) in any_side().prop_flat_map(|side| {
                (Just(side), proptest::collection::vec(any_frame(side), 0..8), 1..97usize)
            })
        ) {
            let bytes: Vec<u8> = frames.iter().flat_map(|frame| frame.encode().unwrap()).collect();
            let pieces: Vec<_> = bytes.chunks(cut).collect();
            prop_assert_eq!(decoded(side, &pieces), Ok(frames));
        }

        #[test]
        fn any_bytes_are_frames_or_a_violation_and_never_more(
            side in any_side(), bytes in proptest::collection::vec(any::<u8>(), 0..600), cut in 1..64usize
        ) {
            let pieces: Vec<_> = bytes.chunks(cut).collect();
            if let Ok(frames) = decoded(side, &pieces) {
                let again: Vec<u8> = frames.iter().flat_map(|frame| frame.encode().unwrap()).collect();
                prop_assert_eq!(again, bytes);
            }
        }

        #[test]
        fn a_stream_that_ends_inside_a_frame_is_cut_off(frame in any_frame(Side::Child), part in 0.0..1.0f64) {
            let bytes = frame.encode().unwrap();
            let length = (bytes.len() as f64 * part) as usize;
            let expected = if length == 0 { Ok(vec![]) } else { Err(Violation::CutOff) };
            prop_assert_eq!(decoded(Side::Child, &[&bytes[..length]]), expected);
        }
    }
}
