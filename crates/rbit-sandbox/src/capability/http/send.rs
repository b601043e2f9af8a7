//! One request, from the decision to the head of the answer.

use std::{error::Error as _, sync::Arc};

use http::{HeaderValue, Request, Response, Uri, header::HOST};
use http_body_util::BodyExt as _;
use hyper::client::conn::http1;
use rbit_job::http::{HttpGrant, Target};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};
use wasmtime_wasi::runtime::{AbortOnDropJoinHandle, spawn};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, io::TokioIo};

use super::{
    HttpClient,
    answer::Answer,
    dial::{CONNECT_PATIENCE, NotDialled},
    record::Record,
    upload::Upload,
};

/// A request that may be made, with all that it takes.
pub(super) struct Sending {
    pub(super) target: Target,
    pub(super) grant: Arc<HttpGrant>,
    pub(super) client: HttpClient,
    pub(super) options: RequestOptions,
    pub(super) record: Arc<Record>,
}

impl Sending {
    /// Sends it, and comes back with the head of the answer. Everything of it is over when what this returns is dropped.
    pub(super) async fn send(self, request: Request<WasiBody>) -> Result<Response<WasiBody>, Error> {
        let deadline = Instant::now() + self.record.meter.limits.http_timeout;
        let sent = timeout_at(deadline, Box::pin(self.send_until(request, deadline))).await;
        let sent = sent.unwrap_or_else(|_| {
            self.record.meter.count_late();
            Err(Error::HttpResponseTimeout)
        });
        sent.inspect_err(|error| self.record.failed(error))
    }

    async fn send_until(&self, request: Request<WasiBody>, deadline: Instant) -> Result<Response<WasiBody>, Error> {
        let place = self.record.meter.enter().await.ok_or(Error::ConnectionLimitReached)?;
        let request = self.in_wire_form(request)?;
        let (mut sender, connection) = self.connect().await?;
        let answer = sender.send_request(request);
        let answer = match self.options.first_byte_timeout {
            Some(patience) => timeout(patience, answer)
                .await
                .map_err(|_| Error::ConnectionReadTimeout)?,
            None => answer.await,
        };
        let answer = answer.map_err(translate)?;
        self.record.answered(answer.status());
        let (record, pause) = (self.record.clone(), self.options.between_bytes_timeout);
        Ok(answer.map(|incoming| Answer::new(incoming, deadline, pause, record, connection, place).boxed_unsync()))
    }

    async fn connect(&self) -> Result<(http1::SendRequest<Upload>, AbortOnDropJoinHandle<()>), Error> {
        let patience = self
            .options
            .connect_timeout
            .unwrap_or(CONNECT_PATIENCE)
            .min(CONNECT_PATIENCE);
        let dialled = self.client.dial.dial(&self.target, &self.grant, patience).await;
        let connection = dialled.inspect_err(|why| {
            if let NotDialled::Refused(refusal) = why {
                self.record.refuse(*refusal, true);
            }
        })?;
        self.record.connected(connection.address);
        let stream = TcpStream::from_std(connection.stream).map_err(|_| Error::DestinationUnavailable)?;
        match self.target.scheme {
            rbit_job::http::Scheme::Http => shake_hands(stream).await,
            rbit_job::http::Scheme::Https => {
                let encrypted = timeout(patience, self.client.tls.wrap(&self.target.host, stream)).await;
                shake_hands(encrypted.map_err(|_| Error::ConnectionTimeout)??).await
            }
        }
    }

    /// The request as it is written: path alone, and the host that was checked.
    fn in_wire_form(&self, mut request: Request<WasiBody>) -> Result<Request<Upload>, Error> {
        let path = request.uri().path_and_query().cloned();
        let path = path.ok_or(Error::HttpRequestUriInvalid)?;
        *request.uri_mut() = Uri::builder()
            .path_and_query(path)
            .build()
            .map_err(|_| Error::HttpRequestUriInvalid)?;
        let host = HeaderValue::try_from(self.target.authority()).map_err(|_| Error::HttpRequestUriInvalid)?;
        request.headers_mut().insert(HOST, host);
        let record = self.record.clone();
        Ok(request.map(|body| Upload { body, record }))
    }
}

/// HTTP/1.1 on a stream, driven until it is let go.
async fn shake_hands(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
) -> Result<(http1::SendRequest<Upload>, AbortOnDropJoinHandle<()>), Error> {
    let mut builder = http1::Builder::new();
    builder.max_buf_size(MAX_HEAD).max_headers(MAX_HEADERS);
    let (sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(translate)?;
    // Whoever waits for the answer hears what goes wrong.
    Ok((sender, spawn(async move { drop(connection.await) })))
}

/// What went wrong, in words of the interface and without anything of this host.
pub(super) fn translate(error: hyper::Error) -> Error {
    let mut cause = error.source();
    while let Some(inner) = cause {
        match inner.downcast_ref::<Error>() {
            Some(Error::HttpRequestBodySize(size)) => return Error::HttpRequestBodySize(*size),
            Some(_) => return Error::HttpProtocolError,
            None => cause = inner.source(),
        }
    }
    if error.is_incomplete_message() {
        Error::HttpResponseIncomplete
    } else if error.is_parse_too_large() {
        Error::HttpResponseHeaderSectionSize(u32::try_from(MAX_HEAD).ok())
    } else if error.is_parse() {
        Error::HttpProtocolError
    } else {
        Error::ConnectionTerminated
    }
}

/// Bytes of the head of an answer.
const MAX_HEAD: usize = 64 << 10;
/// Header fields of an answer.
const MAX_HEADERS: usize = 200;
