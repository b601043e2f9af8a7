//! The stream between lapin and a broker.

use std::{
    fmt, io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_util::io::{AsyncRead, AsyncWrite};
use tokio::io::ReadBuf;

use crate::mend::Mender;

/// A connection whose incoming side is mended. It is plain or encrypted, as its maker has it.
pub(crate) struct Wire {
    inner: Box<dyn Duplex>,
    mender: Mender,
    /// Mended bytes, of which those before `given` have been read.
    ready: Vec<u8>,
    given: usize,
    came: Box<[u8]>,
}

/// What a [`Wire`] is made of.
pub(crate) trait Duplex: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin {}

impl<T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin> Duplex for T {}

impl Wire {
    pub(crate) fn new(inner: impl Duplex + 'static) -> Self {
        Self {
            inner: Box::new(inner),
            mender: Mender::default(),
            ready: Vec::new(),
            given: 0,
            came: vec![0; CHUNK].into(),
        }
    }

    /// Takes in what the broker sends next; `false` at the end of it.
    fn poll_more(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut came = ReadBuf::new(&mut self.came);
        ready!(Pin::new(&mut *self.inner).poll_read(context, &mut came))?;
        self.ready.clear();
        self.given = 0;
        self.mender.feed(came.filled(), &mut self.ready);
        Poll::Ready(Ok(!came.filled().is_empty()))
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            let left = self.ready.get(self.given..).unwrap_or_default();
            if !left.is_empty() {
                let count = left.len().min(room.len());
                for (to, from) in room.iter_mut().zip(left) {
                    *to = *from;
                }
                self.given += count;
                return Poll::Ready(Ok(count));
            }
            if !ready!(self.poll_more(context))? {
                return Poll::Ready(Ok(0));
            }
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.inner).poll_flush(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.inner).poll_shutdown(context)
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

/// What is taken from the socket at a time.
const CHUNK: usize = 16 * 1024;
