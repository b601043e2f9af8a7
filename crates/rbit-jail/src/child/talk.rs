//! The child's end of the socket.

use std::{
    collections::VecDeque,
    io::{self, Read as _, Write as _},
    os::{fd::OwnedFd, unix::net::UnixStream},
    sync::{Arc, Mutex, PoisonError},
};

use rustix::fd::BorrowedFd;

use crate::{
    handed,
    wire::{Decoder, FromChild, Side, ToChild},
};

/// Reads what the parent says, and gives away ends to speak with.
pub(super) struct Talk {
    stream: UnixStream,
    decoder: Decoder,
    voice: Voice,
    /// What was handed over and not taken yet; none where nothing is.
    connections: Option<VecDeque<OwnedFd>>,
}

/// Speaks to the parent, a frame at a time, from any thread. It waits when the parent does not listen.
#[derive(Clone)]
pub(super) struct Voice(Arc<Mutex<UnixStream>>);

/// Speaks of one job, until its end is said: a guest that does not hear that it has to end may still be there.
pub(super) struct JobVoice {
    pub(super) job: u64,
    voice: Mutex<Option<Voice>>,
}

impl Talk {
    /// Talks over the socket that standard input is.
    pub(super) fn on(stdin: BorrowedFd<'_>) -> io::Result<Self> {
        let stream = UnixStream::from(stdin.try_clone_to_owned()?);
        let voice = Voice(Arc::new(Mutex::new(stream.try_clone()?)));
        Ok(Self {
            stream,
            decoder: Decoder::new(Side::Parent),
            voice,
            connections: None,
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
            match self.read(&mut piece)? {
                0 => return Ok(None),
                length => self.decoder.feed(piece.get(..length).unwrap_or_default()),
            }
        }
    }

    /// From now on connections may come with what the parent says.
    pub(super) fn expect_connections(&mut self) {
        self.connections.get_or_insert_default();
    }

    /// The first connection that was handed over and not taken yet. It came with what was heard or before that.
    pub(super) fn connection(&mut self) -> Option<OwnedFd> {
        self.connections.as_mut()?.pop_front()
    }

    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        match &mut self.connections {
            None => self.stream.read(piece),
            Some(connections) => handed::receive(&self.stream, piece, connections),
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

impl JobVoice {
    pub(super) fn new(job: u64, voice: Voice) -> Self {
        let voice = Mutex::new(Some(voice));
        Self { job, voice }
    }

    pub(super) fn say(&self, message: &FromChild) -> bool {
        let voice = self.voice.lock().unwrap_or_else(PoisonError::into_inner);
        voice.as_ref().is_some_and(|voice| voice.say(message))
    }

    /// Says it, and nothing any more if that could be said.
    pub(super) fn say_last(&self, message: &FromChild) -> bool {
        let mut voice = self.voice.lock().unwrap_or_else(PoisonError::into_inner);
        let is_said = voice.as_ref().is_some_and(|voice| voice.say(message));
        if is_said {
            *voice = None;
        }
        is_said
    }
}

const PIECE: usize = 64 << 10;
