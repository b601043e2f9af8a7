//! A reply in the form that wsgiref gives it.

use super::{Request, page};

pub(super) struct Reply {
    status: String,
    content_type: &'static str,
    further: Vec<(&'static str, String)>,
    body: String,
}

impl Reply {
    fn new(status: &str, content_type: &'static str, body: String) -> Self {
        Self {
            status: status.to_owned(),
            content_type,
            further: Vec::new(),
            body,
        }
    }

    /// A status line with whatever text, and no body: how PyBit answers a write.
    pub(super) fn empty(status: &str) -> Self {
        Self::html(status, String::new())
    }

    pub(super) fn html(status: &str, body: String) -> Self {
        Self::new(status, "text/html; charset=UTF-8", body)
    }

    pub(super) fn json(body: String) -> Self {
        Self::new("200 OK", "application/json", body)
    }

    pub(super) fn unauthorized() -> Self {
        let reply = Self::new("401 - Unauthorized", "text/html", "401 - Unauthorized".to_owned());
        reply.with_header("Www-Authenticate", r#"Basic realm="PyBit""#)
    }

    /// The framework's page for an error.
    pub(super) fn error(request: &Request, status: &str, detail: &str) -> Self {
        Self::html(status, page::error(request, status, detail))
    }

    pub(super) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.further.push((name, value.to_owned()));
        self
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let Self {
            status,
            content_type,
            further,
            body,
        } = self;
        let length = body.len();
        let mut text = format!(
            "HTTP/1.0 {status}\r\nDate: {DATE}\r\nServer: {SERVER}\r\nContent-Length: {length}\r\nContent-Type: {content_type}\r\n"
        );
        for (name, value) in further {
            text += &format!("{name}: {value}\r\n");
        }
        text += "\r\n";
        text += body;
        text.into_bytes()
    }
}

const DATE: &str = "Tue, 24 Nov 2026 02:54:13 GMT";
const SERVER: &str = "WSGIServer/0.1 Python/2.7.18";
