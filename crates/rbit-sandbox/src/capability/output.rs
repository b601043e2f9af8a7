//! Standard output and error: streams that take everything at once.

use std::sync::Arc;

use bytes::Bytes;
use rbit_job::port::GuestStream;
use rbit_output::GuestOutput;
use tokio::io::AsyncWrite;
use wasmtime_wasi::{
    WasiCtxBuilder,
    cli::{IsTerminal, StdoutStream},
    p2::{OutputStream, Pollable, StreamError, StreamResult},
};

/// Makes it the stdout and stderr of a guest. Nothing is written in the background, so no line is lost when a guest traps.
pub(crate) fn attach(output: &Arc<GuestOutput>, wasi: &mut WasiCtxBuilder) {
    let end = |stream| End {
        output: output.clone(),
        stream,
    };
    wasi.stdout(end(GuestStream::Stdout));
    wasi.stderr(end(GuestStream::Stderr));
}

#[derive(Clone)]
struct End {
    output: Arc<GuestOutput>,
    stream: GuestStream,
}

impl IsTerminal for End {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for End {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    /// Only WASI 0.3 asks for it, which no guest here has.
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }
}

#[async_trait::async_trait]
impl OutputStream for End {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        if bytes.len() > MAX_WRITE {
            return Err(StreamError::trap(NOT_ALLOWED));
        }
        self.output.write(self.stream, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(MAX_WRITE)
    }
}

#[async_trait::async_trait]
impl Pollable for End {
    async fn ready(&mut self) {}
}

/// Bytes a guest is invited to write at once. The host allocates as many when it is asked to write zeros.
const MAX_WRITE: usize = 64 << 10;
/// It must ask first, and may write no more than the answer.
const NOT_ALLOWED: &str = "more was written at once than `check-write` allows";
