//! Why something could not be got, and whether trying again makes sense.

use std::fmt;

use crate::Error;

/// Why there is no file. `?` makes it `failed` or `blocked`, by one rule: what may pass by itself is blocked.
///
/// Like [`Error`], it does not implement [`std::error::Error`], so that `?` does not make a failure of all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpError {
    /// It is no address of this protocol.
    NoAddress {
        /// What was given.
        url: String,
    },
    /// The operator's `allow-http` or `allow-internal` does not let the runner go there.
    Denied {
        /// Scheme and host.
        server: String,
    },
    /// There is no connection.
    Unreachable {
        /// Scheme and host.
        server: String,
        /// What happened instead.
        why: String,
    },
    /// The connection's encryption was refused.
    Untrusted {
        /// Scheme and host.
        server: String,
        /// What was wrong.
        why: String,
    },
    /// The answer did not come in time.
    Timeout {
        /// What was asked for.
        url: String,
    },
    /// The answer broke off, or is none.
    Broken {
        /// What was asked for.
        url: String,
        /// What happened instead.
        why: String,
    },
    /// The answer is longer than what was asked for, or than a job may read.
    TooLarge {
        /// What was asked for.
        url: String,
    },
    /// The server answered with something else than a success.
    Status {
        /// What was asked for.
        url: String,
        /// The status code.
        status: u16,
    },
}

impl HttpError {
    /// Whether it may succeed later without anybody's doing.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::NoAddress { .. } | Self::Denied { .. } | Self::Untrusted { .. } | Self::TooLarge { .. } => false,
            Self::Unreachable { .. } | Self::Timeout { .. } | Self::Broken { .. } => true,
            // The server is told to be in trouble, or asks for patience.
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..),
        }
    }
}

impl From<HttpError> for Error {
    fn from(error: HttpError) -> Self {
        if error.may_pass() {
            Self::blocked(error.to_string())
        } else {
            Self::failed(error.to_string())
        }
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAddress { url } => write!(f, "`{url}` is no http address"),
            Self::Denied { server } => write!(f, "this runner may not ask `{server}`: see `allow-http`"),
            Self::Unreachable { server, why } => write!(f, "`{server}` cannot be reached: {why}"),
            Self::Untrusted { server, why } => write!(f, "`{server}` is not believed: {why}"),
            Self::Timeout { url } => write!(f, "`{url}` did not answer in time"),
            Self::Broken { url, why } => write!(f, "the answer to `{url}` broke off: {why}"),
            Self::TooLarge { url } => write!(f, "`{url}` is too large"),
            Self::Status { url, status } => write!(f, "`{url}` {}", told(*status)),
        }
    }
}

fn told(status: u16) -> String {
    match status {
        401 => "wants a user and a password, or others than these (status 401)".into(),
        403 => "may not be read with what was configured (status 403)".into(),
        404 | 410 => format!("does not exist (status {status})"),
        300..=399 => format!("is somewhere else, and that is not followed (status {status})"),
        500.. => format!("cannot be had now: its server is in trouble (status {status})"),
        _ => format!("was answered with status {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16) -> HttpError {
        let url = "http://a/b".into();
        HttpError::Status { url, status }
    }

    #[test]
    fn a_status_decides_whether_the_job_comes_again() {
        let cases = [
            (302, false),
            (400, false),
            (401, false),
            (403, false),
            (404, false),
            (408, true),
            (410, false),
            (418, false),
            (425, true),
            (429, true),
            (500, true),
            (502, true),
            (503, true),
            (504, true),
            (599, true),
        ];
        for (code, passes) in cases {
            assert_eq!(status(code).may_pass(), passes, "{code}");
        }
    }

    #[test]
    fn a_question_mark_makes_the_ending_that_fits() {
        let (url, server, why) = ("http://a/b".to_owned(), "http://a".to_owned(), "x".to_owned());
        let failed = [
            HttpError::NoAddress { url: url.clone() },
            HttpError::Denied { server: server.clone() },
            HttpError::Untrusted {
                server: server.clone(),
                why: why.clone(),
            },
            HttpError::TooLarge { url: url.clone() },
        ];
        let blocked = [
            HttpError::Unreachable {
                server,
                why: why.clone(),
            },
            HttpError::Timeout { url: url.clone() },
            HttpError::Broken { url, why },
        ];
        assert!(failed.into_iter().all(|error| matches!(error.into(), Error::Failed(_))));
        assert!(
            blocked
                .into_iter()
                .all(|error| matches!(error.into(), Error::Blocked(_)))
        );
    }

    #[test]
    fn the_text_is_a_sentence_for_people() {
        assert_eq!(status(404).to_string(), "`http://a/b` does not exist (status 404)");
        assert_eq!(
            status(503).to_string(),
            "`http://a/b` cannot be had now: its server is in trouble (status 503)"
        );
        let denied = HttpError::Denied {
            server: "http://a".into(),
        };
        assert_eq!(
            denied.to_string(),
            "this runner may not ask `http://a`: see `allow-http`"
        );
    }
}
