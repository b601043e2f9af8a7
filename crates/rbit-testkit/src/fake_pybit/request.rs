//! A request, as it was sent.

use std::{fmt, io};

use base64::{Engine, prelude::BASE64_STANDARD};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};
use url::form_urlencoded;

/// What somebody sent to the front-end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `PUT` …
    pub method: String,
    /// The target, beginning with `/`.
    pub path: String,
    /// Names and values as they were sent, in their order.
    pub headers: Vec<(String, String)>,
    /// What followed the headers.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a header, by its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// User and password, if it carries them in the Basic scheme.
    pub fn credentials(&self) -> Option<(String, String)> {
        let encoded = self.header("authorization")?.strip_prefix("Basic ")?;
        let text = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
        let (user, password) = text.split_once(':')?;
        Some((user.to_owned(), password.to_owned()))
    }

    /// The fields of its form, in their order. As in PyBit, those that are not UTF-8 are missing, and so are all of them if the
    /// body is no form.
    pub fn form(&self) -> Vec<(String, String)> {
        let content_type = self.header("content-type").unwrap_or_default();
        if !content_type.starts_with("application/x-www-form-urlencoded") {
            return Vec::new();
        }
        let fields = form_urlencoded::parse(&self.body).into_owned();
        fields
            .filter(|(_, value)| !value.contains(char::REPLACEMENT_CHARACTER))
            .collect()
    }

    /// A field of its form; of one that is given twice, the last.
    pub fn field(&self, name: &str) -> Option<String> {
        self.form()
            .into_iter()
            .rev()
            .find_map(|(given, value)| (given == name).then_some(value))
    }

    /// The next request of a connection; none if the client hung up instead.
    pub(crate) async fn read(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Self>> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(None);
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let Some(mut request) = Self::from_head(&lines) else {
            return Ok(None);
        };
        let length = request
            .header("content-length")
            .and_then(|length| length.parse().ok())
            .unwrap_or(0);
        stream.take(length).read_to_end(&mut request.body).await?;
        Ok(Some(request))
    }

    fn from_head(lines: &[String]) -> Option<Self> {
        let (first, headers) = lines.split_first()?;
        let mut words = first.split(' ');
        let method = words.next()?.to_owned();
        let path = words.next()?.to_owned();
        let headers = headers.iter().filter_map(|line| line.split_once(':'));
        let headers = headers
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect();
        Some(Self {
            method,
            path,
            headers,
            body: Vec::new(),
        })
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        if self.body.is_empty() {
            Ok(())
        } else {
            write!(f, " {}", String::from_utf8_lossy(&self.body))
        }
    }
}
