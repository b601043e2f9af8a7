//! Answers of the plan's own, in place of the network's.
//!
//! What a request has passed before it comes here is what it would have passed before being sent; its bodies are counted as those
//! of others are. Nothing is looked up, so its host has no address that could be refused.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt as _, Full};
use rbit_job::http::{Asked, CannedAnswer, Target};
use wasmtime_wasi_http::{Error, WasiBody};

use super::{
    meter::{Place, Way},
    record::Record,
    upload::Upload,
};

/// The answers of one job.
pub(crate) struct Canned {
    answers: Vec<CannedAnswer>,
    /// How often each was given.
    given: Mutex<Vec<u32>>,
}

impl Canned {
    pub(crate) fn new(answers: Vec<CannedAnswer>) -> Self {
        let given = Mutex::new(vec![0; answers.len()]);
        Self { answers, given }
    }

    /// The first answer for this request that may still be given, with its place.
    fn take(&self, asked: &Asked<'_>) -> Option<(usize, &CannedAnswer)> {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let mut places = self.answers.iter().zip(given.iter_mut()).enumerate();
        let (place, (answer, times)) = places
            .find(|(_, (answer, times))| answer.times.is_none_or(|allowed| **times < allowed) && answer.fits(asked))?;
        *times = times.saturating_add(1);
        Some((place, answer))
    }
}

/// A request that may be made, and is answered here.
pub(super) struct Replying {
    pub(super) target: Target,
    pub(super) canned: Arc<Canned>,
    pub(super) record: Arc<Record>,
}

impl Replying {
    /// Takes the whole request, and finds its answer. Without one, it is as if nobody listened.
    pub(super) async fn reply(self, request: Request<WasiBody>) -> Result<Response<WasiBody>, Error> {
        let record = self.record.clone();
        let replied = Box::pin(self.find(request)).await;
        replied.inspect_err(|error| record.failed(error))
    }

    async fn find(self, request: Request<WasiBody>) -> Result<Response<WasiBody>, Error> {
        let Self { target, canned, record } = self;
        let place = record.meter.enter().await.ok_or(Error::ConnectionLimitReached)?;
        let (head, body) = request.into_parts();
        let upload = Upload {
            body,
            record: record.clone(),
        };
        let body = upload.collect().await?.to_bytes();
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let url = format!("{target}{path}");
        let headers: Vec<_> = head
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        let found = canned.take(&Asked {
            method: head.method.as_str(),
            url: &url,
            headers: &headers,
            body: &body,
        });
        record.canned(&url, found.map(|(place, _)| place));
        let (_, answer) = found.ok_or(Error::ConnectionRefused)?;
        let response = response(answer)?;
        record.answered(response.status());
        Ok(response.map(|body| {
            Reply {
                body,
                record,
                _place: place,
            }
            .boxed_unsync()
        }))
    }
}

/// The answer as a response. One that HTTP does not know is as good as none.
fn response(answer: &CannedAnswer) -> Result<Response<Full<Bytes>>, Error> {
    let response = Response::builder().status(answer.status);
    let fields = answer.headers.iter();
    let response = fields.fold(response, |response, (name, value)| response.header(name, value));
    response
        .body(Full::new(Bytes::from(answer.body.clone())))
        .map_err(|_| Error::HttpProtocolError)
}

/// The body of an answer, counted. Dropping it gives back the request's place, and ends its record.
struct Reply {
    body: Full<Bytes>,
    record: Arc<Record>,
    _place: Place,
}

impl Body for Reply {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Poll::Ready(Some(frame)) = Pin::new(&mut self.body).poll_frame(cx) else {
            return Poll::Ready(None);
        };
        let frame = frame.map_err(|never| match never {});
        let length = frame
            .as_ref()
            .ok()
            .and_then(|frame| frame.data_ref())
            .map_or(0, Bytes::len);
        if self.record.count(Way::In, length) {
            return Poll::Ready(Some(frame));
        }
        let error = Error::HttpResponseBodySize(Some(self.record.meter.limits.http_response_size));
        self.record.failed(&error);
        Poll::Ready(Some(Err(error)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use rbit_job::http::UrlPattern;

    use super::*;

    #[test]
    fn an_answer_that_was_given_often_enough_leaves_the_next_one_its_turn() {
        let answer = |status, times| CannedAnswer {
            method: "GET".into(),
            url: UrlPattern::new("http://a/*"),
            request_headers: vec![],
            request_body: None,
            times,
            status,
            headers: vec![],
            body: vec![],
        };
        let canned = Canned::new(vec![answer(503, Some(2)), answer(200, Some(1))]);
        let asked = Asked {
            method: "GET",
            url: "http://a/b",
            headers: &[],
            body: &[],
        };
        let given: Vec<_> = (0..4)
            .map(|_| canned.take(&asked).map(|(_, answer)| answer.status))
            .collect();
        assert_eq!(given, [Some(503), Some(503), Some(200), None]);
    }
}
