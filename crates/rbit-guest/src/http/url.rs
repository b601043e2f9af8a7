//! An address, in the parts that `wasi:http` wants.

use super::HttpError;

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Url<'a> {
    pub(super) is_tls: bool,
    /// Host, and a port if one is given.
    pub(super) authority: &'a str,
    /// Begins with `/`.
    pub(super) path: &'a str,
}

impl<'a> Url<'a> {
    /// Splits an address. What is not plain ASCII must have been escaped, and credentials have no place in it: it is told to people.
    pub(super) fn parse(url: &'a str) -> Result<Self, HttpError> {
        let unfit = || HttpError::NoAddress { url: url.to_owned() };
        let (scheme, rest) = url.split_once("://").ok_or_else(unfit)?;
        let is_tls = match scheme {
            "http" => false,
            "https" => true,
            _ => return Err(unfit()),
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        if authority.is_empty() || authority.contains(['@', '?']) || !is_plain {
            return Err(unfit());
        }
        Ok(Self {
            is_tls,
            authority,
            path: if path.is_empty() { "/" } else { path },
        })
    }

    /// The server by itself, as people write it.
    pub(super) fn server(&self) -> String {
        let scheme = if self.is_tls { "https" } else { "http" };
        format!("{scheme}://{}", self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_falls_into_its_parts() {
        let url = |is_tls, authority, path| Url {
            is_tls,
            authority,
            path,
        };
        let cases = [
            ("http://a", url(false, "a", "/")),
            ("https://a.b:8080/c/d?e=f", url(true, "a.b:8080", "/c/d?e=f")),
            ("http://[::1]:80/", url(false, "[::1]:80", "/")),
        ];
        for (text, parts) in cases {
            assert_eq!(Url::parse(text), Ok(parts));
        }
        assert_eq!(Url::parse("https://a.b:8080/c").unwrap().server(), "https://a.b:8080");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "a",
            "http:/a",
            "http://",
            "http:///b",
            "ftp://a/b",
            "http://u:p@a/",
            "http://a/ b",
            "http://a/ü",
            "http://a/b#c",
            "http://a?b",
            "http://a/\r\nb",
        ] {
            let url = text.to_owned();
            assert_eq!(Url::parse(text), Err(HttpError::NoAddress { url }));
        }
    }
}
