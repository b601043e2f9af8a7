//! Why a message body is no build request.

use std::str::Utf8Error;

use super::JobRequest;

/// Why a message body is no build request. None of the reasons goes away by trying again.
///
/// A `path` names an attribute as a reader of the message would, such as `job.packageinstance.arch.name`; the message itself is
/// [`Self::MESSAGE`]. Whatever else a text shows of the message is cut to a few words and escaped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// More bytes than [`JobRequest::MAX_BODY`].
    #[error("body of {0} bytes is larger than {max}", max = JobRequest::MAX_BODY)]
    TooLarge(usize),
    /// Bytes that are no text.
    #[error("body is not UTF-8")]
    NotUtf8(#[source] Utf8Error),
    /// Text that is no JSON, or JSON nested more than 127 deep. The bare words `NaN` and `Infinity` of Python are no JSON.
    #[error("body is not JSON that can be read: {0}")]
    NotJson(String),
    /// An object of another class, be it one of PyBit's other messages or one that nobody knows.
    #[error("message is a `{class}`, not a `{expected}`")]
    WrongMessage {
        /// Its `py/object` tag.
        class: String,
        /// The tag of what was looked for.
        expected: &'static str,
    },
    /// Something that jsonpickle would run as code. It is never run, so its value cannot be known.
    #[error("`{path}` holds `{tag}`, which only running code could decode")]
    Code {
        /// Where it stands.
        path: String,
        /// `py/repr` or `py/reduce`.
        tag: &'static str,
    },
    /// A `py/id` or `py/ref` that leads to no object which could stand there.
    #[error("`{path}` refers to `{reference}`, where nothing stands that fits")]
    Dangling {
        /// Where the reference stands.
        path: String,
        /// Where it points, such as `py/id 7`.
        reference: String,
    },
    /// An attribute without which there is no job.
    #[error("`{path}` is missing or null")]
    Missing {
        /// Which.
        path: String,
    },
    /// A key that one object has twice, anywhere in the message: two readers could read two different jobs.
    #[error("an object has the key `{key}` more than once")]
    Duplicate {
        /// Which.
        key: String,
    },
    /// A text of more bytes than [`JobRequest::MAX_TEXT`].
    #[error("`{path}` has {bytes} bytes, more than {max}", max = JobRequest::MAX_TEXT)]
    TooLong {
        /// Which.
        path: String,
        /// Its length.
        bytes: usize,
    },
    /// A value of another type, class or range.
    #[error("`{path}` is {found}, expected {expected}")]
    Unexpected {
        /// Where it stands.
        path: String,
        /// What it is.
        found: String,
        /// What would be accepted.
        expected: &'static str,
    },
}

impl DecodeError {
    /// The path of the message itself.
    pub const MESSAGE: &str = "message";
}

/// The beginning of a hostile text, fit to be shown.
pub(super) fn excerpt(text: &str) -> String {
    let mut chars = text.chars();
    let mut shown: String = chars
        .by_ref()
        .take(EXCERPT_CHARS)
        .flat_map(char::escape_debug)
        .collect();
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}

const EXCERPT_CHARS: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_cut_and_shows_no_control_character_or_text_direction_as_such() {
        assert_eq!(excerpt("café"), "café");
        assert_eq!(excerpt("a\u{1b}[2J\u{202e}\n"), r"a\u{1b}[2J\u{202e}\n");
        assert_eq!(excerpt(&"x".repeat(81)), format!("{}…", "x".repeat(80)));
    }
}
