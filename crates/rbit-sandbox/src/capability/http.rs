//! HTTP: `wasi:http` is linked, and every request refused.
//!
//! Linked, because a component that serves several runners imports it whether this one may use it or not.

use wasmtime_wasi_http::{Error, RequestOptions, Result, WasiBody, WasiHttpHooks};

/// Answers every request of a guest with `HTTP-request-denied`, without looking at it.
#[derive(Debug)]
pub(crate) struct RefuseHttp;

impl WasiHttpHooks for RefuseHttp {
    fn send_request(
        &mut self,
        _request: http::Request<WasiBody>,
        _options: Option<RequestOptions>,
        _processed: Transmission,
    ) -> Box<dyn Future<Output = Result<(http::Response<WasiBody>, Transmission)>> + Send> {
        Box::new(async { Err(Error::HttpRequestDenied) })
    }
}

/// Resolves when a body has been sent or has failed.
type Transmission = Box<dyn Future<Output = Result<(), Error>> + Send>;

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt, Empty};

    use super::*;

    #[tokio::test]
    async fn every_request_is_refused() {
        for uri in ["http://127.0.0.1/", "https://cnx.org/"] {
            let body = Empty::new().map_err(|never| match never {}).boxed_unsync();
            let request = http::Request::get(uri).body(body).unwrap();
            let answer = Box::into_pin(RefuseHttp.send_request(request, None, Box::new(async { Ok(()) }))).await;
            assert!(matches!(answer, Err(Error::HttpRequestDenied)));
        }
    }
}
