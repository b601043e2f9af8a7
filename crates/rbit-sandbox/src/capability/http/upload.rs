//! The body of a request, counted.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use wasmtime_wasi_http::{Error, WasiBody};

use super::{meter::Way, record::Record};

/// Ends with an error where it is longer than it may be.
pub(super) struct Upload {
    pub(super) body: WasiBody,
    pub(super) record: Arc<Record>,
}

impl Body for Upload {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let length = frame
            .as_ref()
            .and_then(|frame| frame.as_ref().ok()?.data_ref().map(Bytes::len));
        Poll::Ready(match length {
            Some(length) if !self.record.count(Way::Out, length) => {
                let limit = self.record.meter.limits.http_request_size;
                Some(Err(Error::HttpRequestBodySize(Some(limit))))
            }
            _ => frame,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
