//! Answers that a guest gets instead of those of the network.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An answer that a guest's request gets without being sent: for tests of runners. Whether the request may be made is decided as always.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CannedAnswer {
    /// The method of requests that it is for.
    pub method: String,
    /// Their URLs.
    pub url: UrlPattern,
    /// Fields that they have, with these values.
    #[serde(default)]
    pub request_headers: Vec<(String, String)>,
    /// What their body is.
    #[serde(default)]
    pub request_body: Option<String>,
    /// How often it is given; always, if there is no number.
    #[serde(default)]
    pub times: Option<u32>,
    /// The status of the answer.
    pub status: u16,
    /// Its fields.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// Its body.
    #[serde(with = "hexadecimal")]
    pub body: Vec<u8>,
}

/// What a request is, for whoever looks for an answer.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Its method.
    pub method: &'a str,
    /// Its whole URL.
    pub url: &'a str,
    /// Its fields, in any order.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// Its whole body.
    pub body: &'a [u8],
}

impl CannedAnswer {
    /// Whether it is for this request.
    pub fn fits(&self, asked: &Asked<'_>) -> bool {
        let has = |(name, value): &(String, String)| {
            let fields = &mut asked.headers.iter();
            fields.any(|(known, held)| known.eq_ignore_ascii_case(name) && *held == value.as_bytes())
        };
        self.method.eq_ignore_ascii_case(asked.method)
            && self.url.matches(asked.url)
            && self.request_headers.iter().all(has)
            && self
                .request_body
                .as_ref()
                .is_none_or(|body| body.as_bytes() == asked.body)
    }
}

/// Which of a plan's answers a request got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CannedUse {
    /// The whole URL of the request. The guest's words, cut and escaped.
    pub url: String,
    /// The place of the answer among those of the plan; none if none fits.
    pub answer: Option<usize>,
}

/// A URL in which `*` stands for any characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UrlPattern(String);

impl UrlPattern {
    /// The pattern of this text; without a `*`, this URL alone.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether it means this URL.
    ///
    /// ```
    /// use rbit_job::http::UrlPattern;
    /// let pattern = UrlPattern::new("https://cnx.org/content/*/complete");
    /// assert!(pattern.matches("https://cnx.org/content/col1/1.2/complete"));
    /// assert!(!pattern.matches("https://cnx.org/content/col1/1.2/complete?a"));
    /// ```
    pub fn matches(&self, url: &str) -> bool {
        let mut pieces = self.0.split('*');
        let first = pieces.next().unwrap_or_default();
        let Some(mut rest) = url.strip_prefix(first) else {
            return false;
        };
        let Some(last) = pieces.next_back() else {
            return rest.is_empty();
        };
        // The earliest place for each piece leaves the most for those behind it.
        for piece in pieces {
            let Some((_, behind)) = rest.split_once(piece) else {
                return false;
            };
            rest = behind;
        }
        rest.ends_with(last)
    }
}

impl fmt::Display for UrlPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Bytes as text: a list of numbers would be twice as long.
mod hexadecimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        let digit = |value: u8| char::from(if value < 10 { b'0' + value } else { b'a' + value - 10 });
        let text: String = bytes
            .iter()
            .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
            .collect();
        serializer.serialize_str(&text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let value = |digit: &u8| {
            char::from(*digit)
                .to_digit(16)
                .and_then(|value| u8::try_from(value).ok())
        };
        let byte = |pair: &[u8]| match pair {
            [high, low] => Some(value(high)? << 4 | value(low)?),
            _ => None,
        };
        let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(byte).collect();
        bytes.ok_or_else(|| D::Error::custom("no hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters_and_nothing_else_is_special() {
        for (pattern, url, is_meant) in [
            ("http://a/x", "http://a/x", true),
            ("http://a/x", "http://a/xy", false),
            ("http://a/?", "http://a/b", false),
            ("http://a/*", "http://a/", true),
            ("*", "http://a/", true),
            ("http://a/*/c/*", "http://a/b/c/d", true),
            ("http://a/*/c/*", "http://a/b/d", false),
            ("http://a/*ab", "http://a/abab", true),
            ("http://a/*a*b", "http://a/xaxxb", true),
            ("http://a/*a*b", "http://a/xb", false),
            ("http://a/a*a", "http://a/a", false),
        ] {
            assert_eq!(UrlPattern::new(pattern).matches(url), is_meant, "{pattern} {url}");
        }
    }

    #[test]
    fn an_answer_fits_what_it_asks_for_and_no_more() {
        let answer = CannedAnswer {
            method: "POST".into(),
            url: UrlPattern::new("http://a/*"),
            request_headers: vec![("Authorization".into(), "Basic eA==".into())],
            request_body: Some("question".into()),
            times: None,
            status: 200,
            headers: vec![],
            body: b"answer".to_vec(),
        };
        let headers: &[(&str, &[u8])] = &[("accept", b"*/*"), ("authorization", b"Basic eA==")];
        let asked = Asked {
            method: "post",
            url: "http://a/b",
            headers,
            body: b"question",
        };
        assert!(answer.fits(&asked));
        let others = [
            Asked { method: "GET", ..asked },
            Asked {
                url: "http://b/b",
                ..asked
            },
            Asked { headers: &[], ..asked },
            Asked {
                headers: &[("authorization", b"Basic eQ==")],
                ..asked
            },
            Asked { body: b"", ..asked },
        ];
        for other in others {
            assert!(!answer.fits(&other), "{other:?}");
        }
    }

    #[test]
    fn an_answer_is_read_as_it_is_written() {
        let answer = CannedAnswer {
            method: "GET".into(),
            url: UrlPattern::new("http://a/*"),
            request_headers: vec![],
            request_body: None,
            times: Some(2),
            status: 404,
            headers: vec![("a".into(), "b".into())],
            body: (0..=255).collect(),
        };
        let json = serde_json::to_string(&answer).unwrap();
        assert_eq!(serde_json::from_str::<CannedAnswer>(&json).unwrap(), answer);
        let broken = json.replace("000102", "0x0102");
        assert!(serde_json::from_str::<CannedAnswer>(&broken).is_err());
    }
}
