//! Streams of files. Each operation is done when it returns, on the guest's own thread, and is counted before it is done.
//!
//! wasmtime-wasi's own streams write on helper threads, behind the back of any ledger.

use std::{fs::File, io, os::unix::fs::FileExt as _, sync::Arc};

use bytes::Bytes;
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};

use super::account::Held;
use crate::gate::Gate;

/// Reads a file from a position on.
pub(super) struct FileReader {
    pub(super) file: Arc<File>,
    pub(super) position: u64,
    pub(super) is_over: bool,
    /// Keeps the file's account while it can be read.
    pub(super) _held: Option<Arc<Held>>,
}

#[async_trait::async_trait]
impl InputStream for FileReader {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        if self.is_over {
            return Err(StreamError::Closed);
        }
        if size == 0 {
            return Ok(Bytes::new());
        }
        let mut buffer = vec![0; size.min(MAX_CHUNK)];
        let read = retried(|| self.file.read_at(&mut buffer, self.position));
        self.is_over = !matches!(read, Ok(1..));
        match read {
            Ok(0) => Err(StreamError::Closed),
            Ok(read) => {
                self.position = self.position.saturating_add(read as u64);
                buffer.truncate(read);
                Ok(buffer.into())
            }
            Err(error) => Err(StreamError::LastOperationFailed(error.into())),
        }
    }
}

#[async_trait::async_trait]
impl Pollable for FileReader {
    async fn ready(&mut self) {}
}

/// Writes a file from a position on, or always at its end.
pub(super) struct FileWriter {
    pub(super) file: Arc<File>,
    /// None to append.
    pub(super) position: Option<u64>,
    pub(super) is_over: bool,
    pub(super) held: Option<Arc<Held>>,
    pub(super) gate: Arc<Gate>,
}

impl FileWriter {
    fn put(&mut self, bytes: &[u8]) -> StreamResult<()> {
        let _pass = self.gate.enter().map_err(|closed| StreamError::Trap(closed.into()))?;
        let at = match self.position {
            Some(position) => position,
            None => self.file.metadata().map_err(failed)?.len(),
        };
        let end = at.saturating_add(bytes.len() as u64);
        if let Some(account) = self.held.as_ref().and_then(|held| held.account.as_ref()) {
            account
                .grow_to(end)
                .map_err(|over| StreamError::LastOperationFailed(over.into()))?;
        }
        self.file.write_all_at(bytes, at).map_err(failed)?;
        self.position = self.position.map(|_| end);
        Ok(())
    }
}

#[async_trait::async_trait]
impl OutputStream for FileWriter {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        if self.is_over {
            return Err(StreamError::Closed);
        }
        if bytes.len() > MAX_CHUNK {
            return Err(StreamError::trap("more was written at once than `check-write` allows"));
        }
        let written = self.put(&bytes);
        self.is_over = written.is_err();
        written
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.check_write().map(drop)
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        if self.is_over {
            return Err(StreamError::Closed);
        }
        Ok(MAX_CHUNK)
    }
}

#[async_trait::async_trait]
impl Pollable for FileWriter {
    async fn ready(&mut self) {}
}

fn failed(error: io::Error) -> StreamError {
    StreamError::LastOperationFailed(error.into())
}

fn retried(mut read: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match read() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// Bytes of one operation: how much the host allocates, and how long a stop waits for it.
const MAX_CHUNK: usize = 64 << 10;
