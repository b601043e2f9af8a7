//! Answers that a test puts in the front-end's mouth.

use super::{Request, reply::Reply};

/// What to answer instead of the truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A status code with what PyBit sends along: nothing below 300, else its page of HTML.
    Code(u16),
    /// 200 with a text that is called JSON.
    Json(String),
    /// 200 with a text that is called HTML.
    Html(String),
    /// 302 to this address.
    Redirect(String),
    /// These bytes instead of a reply; then the connection is closed.
    Raw(Vec<u8>),
    /// Nothing: the connection is closed.
    HangUp,
    /// Nothing, until the client gives up. Nobody else is served until then.
    Silence,
}

/// What becomes of a connection.
pub(super) enum Answered {
    /// These bytes go back, and it is closed.
    Bytes(Vec<u8>),
    /// It is kept until the client closes it.
    Never,
}

impl From<u16> for Answer {
    fn from(code: u16) -> Self {
        Self::Code(code)
    }
}

impl Answer {
    pub(super) fn to(&self, request: &Request) -> Answered {
        let reply = match self {
            Self::Code(401) => Reply::unauthorized(),
            Self::Code(code @ ..300) => Reply::empty(&format!("{code} - {}", meaning(*code))),
            Self::Code(code) => Reply::error(request, &format!("{code} {}", meaning(*code)), meaning(*code)),
            Self::Json(body) => Reply::json(body.clone()),
            Self::Html(body) => Reply::html("200 OK", body.clone()),
            Self::Redirect(to) => Reply::html("302 Found", String::new()).with_header("Location", to),
            Self::Raw(bytes) => return Answered::Bytes(bytes.clone()),
            Self::HangUp => return Answered::Bytes(Vec::new()),
            Self::Silence => return Answered::Never,
        };
        Answered::Bytes(reply.to_bytes())
    }
}

fn meaning(code: u16) -> &'static str {
    match code {
        200 => "OK",
        202 => "CANCEL JOB request received",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Unknown",
    }
}
