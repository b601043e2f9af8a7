//! One exchange with a front-end, bounded in every direction.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response, StatusCode, header, redirect, retry};
use rustls::RootCertStore;
use tokio::time;

use crate::{front_end::FrontEnd, host::shown, settings::SettingsError, tls};

/// Speaks HTTP the way PyBit needs it: a new connection for each exchange, closed after it, one at a time.
#[derive(Debug)]
pub(crate) struct Connector {
    client: Client,
    timeout: Duration,
}

/// What a front-end said, except for the body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) code: StatusCode,
    /// Without its parameters, in lower case; empty if there is none.
    pub(crate) content_type: String,
    /// Where a redirect leads, fit to be shown.
    pub(crate) location: String,
    /// Whether a page of HTML follows, as far as that was looked at.
    pub(crate) is_page: bool,
}

/// A whole reply.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
}

/// There is no reply.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExchangeError {
    #[error("others kept the front-end busy for {0:?}")]
    Busy(Duration),
    #[error("no answer from `{url}`")]
    NoAnswer {
        url: String,
        #[source]
        source: reqwest::Error,
    },
    #[error("the answer of `{url}` is cut off")]
    CutOff {
        url: String,
        #[source]
        source: reqwest::Error,
    },
    #[error("the answer of `{url}` is larger than {MAX_BODY} bytes")]
    TooLarge { url: String },
}

impl Connector {
    pub(crate) fn new(
        roots: RootCertStore,
        connect_timeout: Duration,
        timeout: Duration,
    ) -> Result<Self, SettingsError> {
        let client = Client::builder()
            .tls_backend_preconfigured(tls::client_config(roots)?)
            .http1_only()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .no_proxy()
            .referer(false)
            .pool_max_idle_per_host(0)
            .connect_timeout(connect_timeout)
            .timeout(timeout)
            .user_agent(concat!("rbit/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(SettingsError::Client)?;
        Ok(Self { client, timeout })
    }

    /// Sends a request and reads the whole reply.
    pub(crate) async fn ask(
        &self,
        front_end: &FrontEnd,
        request: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<Reply, ExchangeError> {
        let _turn = self.wait_for_turn(front_end).await?;
        let response = send(request(&self.client)).await?;
        let head = head_of(&response);
        let body = read_body(response).await?;
        Ok(Reply { head, body })
    }

    /// Sends a request and reads how the reply begins, which for a write is all that counts: its head, and whether a page of HTML follows.
    pub(crate) async fn tell(
        &self,
        front_end: &FrontEnd,
        request: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<Head, ExchangeError> {
        let _turn = self.wait_for_turn(front_end).await?;
        let mut response = send(request(&self.client)).await?;
        let mut head = head_of(&response);
        if head.content_type == "text/html" {
            head.is_page =
                matches!(response.chunk().await, Ok(Some(chunk)) if chunk.trim_ascii_start().starts_with(b"<"));
        }
        Ok(head)
    }

    /// Everybody before us is bounded by the same timeout, but they may be many.
    async fn wait_for_turn<'a>(
        &self,
        front_end: &'a FrontEnd,
    ) -> Result<tokio::sync::MutexGuard<'a, ()>, ExchangeError> {
        let turn = time::timeout(self.timeout, front_end.turn.lock()).await;
        turn.map_err(|_| ExchangeError::Busy(self.timeout))
    }
}

async fn send(request: RequestBuilder) -> Result<Response, ExchangeError> {
    let response = request.header(header::CONNECTION, "close").send().await;
    response.map_err(|source| ExchangeError::NoAnswer {
        url: url_of(&source),
        source: source.without_url(),
    })
}

fn head_of(response: &Response) -> Head {
    let text = |name| {
        response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let content_type = text(header::CONTENT_TYPE).split(';').next().unwrap_or_default();
    Head {
        code: response.status(),
        content_type: content_type.trim().to_ascii_lowercase(),
        location: shown(text(header::LOCATION)),
        is_page: false,
    }
}

async fn read_body(mut response: Response) -> Result<Vec<u8>, ExchangeError> {
    let url = response.url().to_string();
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > MAX_BODY => return Err(ExchangeError::TooLarge { url }),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(source) => {
                return Err(ExchangeError::CutOff {
                    url,
                    source: source.without_url(),
                });
            }
        }
    }
}

fn url_of(error: &reqwest::Error) -> String {
    error.url().map(ToString::to_string).unwrap_or_default()
}

/// A history has some 140 bytes a row, and a row for each change of status.
const MAX_BODY: usize = 256 * 1024;
