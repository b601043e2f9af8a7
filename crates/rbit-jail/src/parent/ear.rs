//! Listening to a child.

use std::{
    io::{ErrorKind, Read as _},
    os::unix::net::UnixStream,
    time::{Duration, Instant},
};

use crate::wire::{Decoder, FromChild, Side, Violation};

/// The parent's reading end.
#[derive(Debug)]
pub(crate) struct Ear {
    stream: UnixStream,
    decoder: Decoder,
    piece: Vec<u8>,
    is_closed: bool,
}

impl Ear {
    pub(super) fn new(stream: UnixStream) -> Self {
        Self {
            stream,
            decoder: Decoder::new(Side::Child),
            piece: vec![0; 64 << 10],
            is_closed: false,
        }
    }

    /// What the child says next, or nothing if it says nothing before `until`, or never will again.
    pub(crate) fn hear(&mut self, until: Instant) -> Result<Option<FromChild>, Violation> {
        loop {
            if let Some(frame) = self.decoder.frame()? {
                return FromChild::read(frame).map(Some);
            }
            let left = until.saturating_duration_since(Instant::now());
            if self.is_closed || left.is_zero() {
                return Ok(None);
            }
            self.listen(left)?;
        }
    }

    /// Whether the child has closed its end.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed
    }

    fn listen(&mut self, at_most: Duration) -> Result<(), Violation> {
        // A timeout of nothing would mean for ever.
        let at_most = at_most.max(Duration::from_millis(1));
        let read = self
            .stream
            .set_read_timeout(Some(at_most))
            .and_then(|()| self.stream.read(&mut self.piece));
        match read {
            Ok(0) => {
                self.is_closed = true;
                self.decoder.finish()
            }
            Ok(length) => {
                self.decoder.feed(self.piece.get(..length).unwrap_or_default());
                Ok(())
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(()),
            // A child that is killed with unread frames resets its socket.
            Err(_) => {
                self.is_closed = true;
                Ok(())
            }
        }
    }
}
