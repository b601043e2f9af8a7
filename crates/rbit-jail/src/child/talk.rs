//! The child's end of the socket.

use std::{
    io::{self, Read as _, Write as _},
    os::unix::net::UnixStream,
    sync::{Arc, Mutex, PoisonError},
};

use rustix::fd::BorrowedFd;

use crate::wire::{Decoder, FromChild, Side, ToChild};

/// Reads what the parent says, and gives away ends to speak with.
pub(super) struct Talk {
    stream: UnixStream,
    decoder: Decoder,
    voice: Voice,
}

/// Speaks to the parent, a frame at a time, from any thread. It waits when the parent does not listen.
#[derive(Clone)]
pub(super) struct Voice(Arc<Mutex<UnixStream>>);

impl Talk {
    /// Talks over the socket that standard input is.
    pub(super) fn on(stdin: BorrowedFd<'_>) -> io::Result<Self> {
        let stream = UnixStream::from(stdin.try_clone_to_owned()?);
        let voice = Voice(Arc::new(Mutex::new(stream.try_clone()?)));
        Ok(Self {
            stream,
            decoder: Decoder::new(Side::Parent),
            voice,
        })
    }

    /// What the parent says next; nothing when it is gone, or says what cannot be understood.
    pub(super) fn hear(&mut self) -> io::Result<Option<ToChild>> {
        let mut piece = vec![0; PIECE];
        loop {
            match self.decoder.frame() {
                Ok(Some(frame)) => return ToChild::read(frame).map(Some).map_err(io::Error::other),
                Ok(None) => {}
                Err(violation) => return Err(io::Error::other(violation)),
            }
            match self.stream.read(&mut piece)? {
                0 => return Ok(None),
                length => self.decoder.feed(piece.get(..length).unwrap_or_default()),
            }
        }
    }

    pub(super) fn say(&self, message: &FromChild) {
        self.voice.say(message);
    }

    pub(super) fn voice(&self) -> Voice {
        self.voice.clone()
    }
}

impl Voice {
    /// Says it, or nothing if it is longer than may be said. A parent that is gone does not hear it.
    pub(super) fn say(&self, message: &FromChild) -> bool {
        let Some(bytes) = message.encode() else { return false };
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stream.write_all(&bytes).is_ok()
    }
}

const PIECE: usize = 64 << 10;
