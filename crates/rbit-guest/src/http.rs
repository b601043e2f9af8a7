//! Getting what another machine has.
//!
//! A client for `wasi:http`, for what runners do most: fetch one file, whole, within bounds. The operator's `allow-http` says where it
//! may go; TLS and the look-up of names are the host's business.
//!
//! ```no_run
//! use std::time::Duration;
//! use rbit_guest::{Error, http::Get};
//!
//! fn sources(uri: &str) -> Result<Vec<u8>, Error> {
//!     let answer = Get::new(uri)
//!         .basic_auth("reader", "a password")
//!         .timeout(Duration::from_secs(30))
//!         .at_most(50 << 20)
//!         .send()?;
//!     // No file: failed. A server in trouble: blocked, and the job comes again.
//!     Ok(answer.success()?)
//! }
//! ```

mod error;
#[cfg(target_family = "wasm")]
mod exchange;
mod url;

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};

pub use error::HttpError;
use url::Url;

/// One request for a file.
#[derive(Clone, PartialEq, Eq)]
pub struct Get {
    url: String,
    authorization: Option<String>,
    timeout: Duration,
    at_most: u64,
}

impl Get {
    /// Wants what is at an `http` or `https` address; within two minutes, and no more than 256 MiB.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            authorization: None,
            timeout: TIMEOUT,
            at_most: AT_MOST,
        }
    }

    /// Says who asks, in the Basic scheme.
    #[must_use]
    pub fn basic_auth(self, user: &str, password: &str) -> Self {
        let pair = BASE64_STANDARD.encode(format!("{user}:{password}"));
        Self {
            authorization: Some(format!("Basic {pair}")),
            ..self
        }
    }

    /// How long the connection, the first byte, and each wait for a further one may take. The host's limit counts besides.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// How many bytes the answer may have.
    #[must_use]
    pub fn at_most(self, bytes: u64) -> Self {
        Self { at_most: bytes, ..self }
    }

    /// Sends it, and reads the answer. Redirects are not followed.
    pub fn send(&self) -> Result<Answer, HttpError> {
        let url = Url::parse(&self.url)?;
        #[cfg(target_family = "wasm")]
        return exchange::exchange(self, &url);
        #[cfg(not(target_family = "wasm"))]
        return Err(HttpError::Unreachable {
            server: url.server(),
            why: "there is `wasi:http` in a sandbox only".into(),
        });
    }
}

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The address that was asked.
    pub url: String,
    /// The status code.
    pub status: u16,
    /// All of the body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body of a success; of anything else an error, which knows whether trying again makes sense.
    pub fn success(self) -> Result<Vec<u8>, HttpError> {
        if (200..300).contains(&self.status) {
            Ok(self.body)
        } else {
            Err(HttpError::Status {
                url: self.url,
                status: self.status,
            })
        }
    }
}

const TIMEOUT: Duration = Duration::from_secs(120);
const AT_MOST: u64 = 256 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16) -> Answer {
        Answer {
            url: "http://a/b".into(),
            status,
            body: b"text".to_vec(),
        }
    }

    #[test]
    fn only_a_success_has_a_body() {
        assert_eq!(answer(200).success(), Ok(b"text".to_vec()));
        for status in [199, 300, 404, 500] {
            let url = "http://a/b".to_owned();
            assert_eq!(answer(status).success(), Err(HttpError::Status { url, status }));
        }
    }

    #[test]
    fn a_user_is_named_in_the_basic_scheme() {
        let get = Get::new("http://a").basic_auth("Aladdin", "open sesame");
        assert_eq!(get.authorization.as_deref(), Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
    }

    #[test]
    fn outside_of_a_sandbox_nothing_is_sent() {
        let error = Get::new("http://a/b").send().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`http://a` cannot be reached: there is `wasi:http` in a sandbox only"
        );
    }
}
