//! The body of an answer: counted, and over in time.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep, sleep_until};
use wasmtime_wasi::runtime::AbortOnDropJoinHandle;
use wasmtime_wasi_http::Error;

use super::{
    meter::{Place, Way},
    record::Record,
    send::translate,
};

/// Dropping it closes the connection, gives back the request's place, and ends its record.
pub(super) struct Answer {
    incoming: Incoming,
    deadline: Pin<Box<Sleep>>,
    /// The guest's own patience between two pieces.
    pause: Option<(Duration, Pin<Box<Sleep>>)>,
    record: Arc<Record>,
    _connection: AbortOnDropJoinHandle<()>,
    _place: Place,
}

impl Answer {
    pub(super) fn new(
        incoming: Incoming,
        deadline: Instant,
        pause: Option<Duration>,
        record: Arc<Record>,
        connection: AbortOnDropJoinHandle<()>,
        place: Place,
    ) -> Self {
        Self {
            incoming,
            deadline: Box::pin(sleep_until(deadline)),
            pause: pause.map(|pause| (pause, Box::pin(sleep(pause)))),
            record,
            _connection: connection,
            _place: place,
        }
    }

    /// The next piece; none while it is not there and there is time left for it.
    fn next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if self.deadline.as_mut().poll(cx).is_ready() {
            self.record.meter.count_late();
            return Poll::Ready(Some(Err(Error::HttpResponseTimeout)));
        }
        match Pin::new(&mut self.incoming).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => Poll::Ready(Some(self.counted(frame))),
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(translate(error)))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                let Some((_, pause)) = &mut self.pause else {
                    return Poll::Pending;
                };
                pause
                    .as_mut()
                    .poll(cx)
                    .map(|()| Some(Err(Error::ConnectionReadTimeout)))
            }
        }
    }

    fn counted(&mut self, frame: Frame<Bytes>) -> Result<Frame<Bytes>, Error> {
        if let Some((pause, timer)) = &mut self.pause {
            timer.as_mut().reset(Instant::now() + *pause);
        }
        let length = frame.data_ref().map(Bytes::len).unwrap_or_default();
        if self.record.count(Way::In, length) {
            return Ok(frame);
        }
        let limit = self.record.meter.limits.http_response_size;
        Err(Error::HttpResponseBodySize(Some(limit)))
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let next = self.next(cx);
        if let Poll::Ready(Some(Err(error))) = &next {
            self.record.failed(error);
        }
        next
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
