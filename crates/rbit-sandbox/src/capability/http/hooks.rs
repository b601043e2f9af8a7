//! What a guest's requests meet first.

use std::sync::Arc;

use http::{Request, Response};
use rbit_job::{
    http::{HttpGrant, HttpRefusal},
    port::GuestLog,
};
use rbit_redact::Redactor;
use wasmtime_wasi_http::{Error, RequestOptions, Result, WasiBody, WasiHttpHooks};

use super::{
    HttpClient, HttpMeter,
    admit::{admit, target},
    canned::{Canned, Replying},
    record::Record,
    send::Sending,
    words::BODY_CHUNK,
};
use crate::gate::Gate;

/// The HTTP of one guest.
pub(crate) struct HttpHooks {
    /// None where no runner may reach anything.
    pub(crate) client: Option<HttpClient>,
    pub(crate) grant: Option<Arc<HttpGrant>>,
    /// Answers that are given instead.
    pub(crate) canned: Option<Arc<Canned>>,
    pub(crate) meter: Arc<HttpMeter>,
    pub(crate) log: Arc<dyn GuestLog>,
    pub(crate) redactor: Redactor,
    pub(crate) gate: Arc<Gate>,
}

/// Resolves when a body has been sent or has failed: of use to WASI 0.3 only.
type Transmission = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Answering = Box<dyn Future<Output = Result<(Response<WasiBody>, Transmission)>> + Send>;

/// What becomes of a request that may be made.
enum Way {
    Send(Box<Sending>),
    Reply(Replying),
}

impl WasiHttpHooks for HttpHooks {
    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        BODY_CHUNK
    }

    /// Decides at once; what is allowed is sent when the guest waits for it.
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _processed: Transmission,
    ) -> Answering {
        match self.begin(&request, options.unwrap_or_default()) {
            Err(error) => Box::new(async { Err(error) }),
            Ok(way) => Box::new(async move {
                let answer = match way {
                    Way::Send(sending) => sending.send(request).await?,
                    Way::Reply(replying) => replying.reply(request).await?,
                };
                let nothing: Transmission = Box::new(async { Ok(()) });
                Ok((answer, nothing))
            }),
        }
    }
}

impl HttpHooks {
    fn begin(&self, request: &Request<WasiBody>, options: RequestOptions) -> Result<Way> {
        // A request of a guest that was told to end would be seen by others.
        let _pass = self.gate.enter().map_err(|_| Error::HttpRequestDenied)?;
        if !self.meter.count_request() {
            // No line for each of a flood.
            return Err(Error::ConnectionLimitReached);
        }
        self.meter.note_headers(request.headers());
        let to = target(request).ok();
        let record = Record::begin(
            self.log.clone(),
            self.redactor.clone(),
            self.meter.clone(),
            request,
            to.as_ref(),
        );
        let admitted = admit(request, self.grant.as_deref()).map_err(|refusal| {
            record.refuse(refusal, true);
            Error::HttpRequestDenied
        })?;
        if admitted.is_counted {
            record.refuse(HttpRefusal::Pattern, false);
        }
        if let Some(canned) = &self.canned {
            return Ok(Way::Reply(Replying {
                target: admitted.target,
                canned: canned.clone(),
                record,
            }));
        }
        let (Some(client), Some(grant)) = (&self.client, &self.grant) else {
            record.refuse(HttpRefusal::NoGrant, true);
            return Err(Error::HttpRequestDenied);
        };
        Ok(Way::Send(Box::new(Sending {
            target: admitted.target,
            grant: grant.clone(),
            client: client.clone(),
            options,
            record,
        })))
    }
}
