//! Names that may not be mixed up: of a job, a queue, a runner and a box.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// PyBit's number of a job, as decimal text.
///
/// Text, because jsonpickle writes Python's integers whole and those have no upper bound; digits alone, because the number
/// becomes a segment of a URL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JobId(String);

impl JobId {
    /// Accepts one to [`Self::MAX_DIGITS`] decimal digits.
    ///
    /// ```
    /// use rbit_job::JobId;
    /// assert_eq!(JobId::new("4").unwrap().as_str(), "4");
    /// assert!(JobId::new("4/../5").is_err());
    /// ```
    pub fn new(digits: impl Into<String>) -> Result<Self, InvalidName> {
        let digits = digits.into();
        let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        if !is_number || digits.len() > Self::MAX_DIGITS {
            return Err(InvalidName::new("job id", &digits, "one to forty decimal digits"));
        }
        Ok(Self(digits))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// More digits than any database's serial has.
    pub const MAX_DIGITS: usize = 40;
}

/// A message queue, by the name the broker knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct QueueName(String);

impl QueueName {
    /// Accepts what an AMQP short string can hold and a log line can show: 1 to 255 bytes, no control characters.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidName> {
        let name = name.into();
        if name.is_empty() || name.len() > 255 || name.chars().any(char::is_control) {
            return Err(InvalidName::new(
                "queue name",
                &name,
                "1 to 255 bytes without control characters",
            ));
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A runner: what follows `runner:` in the name of its INI section.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunnerName(String);

impl RunnerName {
    /// Accepts 1 to 255 bytes without white space, control characters or `/`: the name becomes a folder of the host.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidName> {
        let name = name.into();
        let is_bad = |c: char| c.is_whitespace() || c.is_control() || c == '/';
        if name.is_empty() || name.len() > 255 || name.starts_with('.') || name.chars().any(is_bad) {
            return Err(InvalidName::new(
                "runner name",
                &name,
                "1 to 255 bytes without spaces or `/`, not beginning with `.`",
            ));
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// This build box, as PyBit's table of build clients names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BoxName(String);

impl BoxName {
    /// Accepts letters, digits, `-`, `_` and `.`: PyBit escapes other characters and then no longer recognises the name.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidName> {
        let name = name.into();
        let is_plain = name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if name.is_empty() || name.len() > 200 || !is_plain {
            return Err(InvalidName::new(
                "box name",
                &name,
                "1 to 200 letters, digits, `-`, `_` or `.`",
            ));
        }
        Ok(Self(name))
    }

    /// The name as configured.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name under which PyBit knows the box: `build_client_<name>`, unless the configured name already begins so.
    ///
    /// ```
    /// use rbit_job::BoxName;
    /// assert_eq!(BoxName::new("tim-taylor").unwrap().client(), "build_client_tim-taylor");
    /// assert_eq!(BoxName::new("build_client_7").unwrap().client(), "build_client_7");
    /// ```
    pub fn client(&self) -> String {
        if self.0.starts_with("build_client_") {
            self.0.clone()
        } else {
            format!("build_client_{}", self.0)
        }
    }
}

/// What makes two deliveries the same job for the journal.
///
/// The digest of queue, body, and the producer's message id where there is one: all of them are kept by a redelivery and a retry
/// copy. The id alone would not do: a producer that counts its messages from 1 at each start gives many of them the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct JobKey(String);

impl JobKey {
    /// The key of a message.
    pub fn of(queue: &QueueName, message_id: Option<&str>, body: &[u8]) -> Self {
        let parts = [
            Some(queue.as_str().as_bytes()),
            message_id.map(str::as_bytes),
            Some(body),
        ];
        Self::digest(parts.into_iter().flatten())
    }

    /// The key of the same message after a person put it back: another one for each mark, and this one without any.
    ///
    /// What was decided about the message before it was parked is then no answer to it, however often it is handed out.
    #[must_use]
    pub fn requeued(self, mark: Option<&str>) -> Self {
        match mark {
            None => self,
            Some(mark) => Self::digest([self.0.as_bytes(), mark.as_bytes()]),
        }
    }

    /// A key as [`Self::as_str`] gave it; the journal stores keys as text.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Lower-case hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            // Lengths keep the parts apart.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// A text that cannot be the name it was meant to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no {kind}: expected {expected}")]
pub struct InvalidName {
    kind: &'static str,
    given: String,
    expected: &'static str,
}

impl InvalidName {
    fn new(kind: &'static str, given: &str, expected: &'static str) -> Self {
        let given = given.chars().take(80).flat_map(char::escape_default).collect();
        Self { kind, given, expected }
    }
}

macro_rules! text_of_name {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl TryFrom<String> for $name {
            type Error = InvalidName;
            fn try_from(text: String) -> Result<Self, InvalidName> {
                Self::new(text)
            }
        }
        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    )*};
}

text_of_name!(JobId, QueueName, RunnerName, BoxName);

impl fmt::Display for JobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_id_is_digits_and_nothing_else() {
        for bad in ["", "-1", "1.5", "7/cancel", "7 ", "٣", &"9".repeat(41)] {
            assert!(JobId::new(bad).is_err(), "{bad}");
        }
        assert!(JobId::new("1180591620717411303424").is_ok());
    }

    #[test]
    fn an_error_about_a_name_shows_control_characters_escaped() {
        let error = QueueName::new("a\u{1b}[2J").unwrap_err();
        assert_eq!(
            error.to_string(),
            r"`a\u{1b}[2J` is no queue name: expected 1 to 255 bytes without control characters"
        );
    }

    #[test]
    fn a_retry_copy_has_the_key_of_its_original() {
        let queue = QueueName::new("q").unwrap();
        assert_eq!(JobKey::of(&queue, None, b"{}"), JobKey::of(&queue, None, b"{}"));
        assert_ne!(JobKey::of(&queue, None, b"{}"), JobKey::of(&queue, None, b"{ }"));
        assert_ne!(
            JobKey::of(&queue, Some("x"), b"{}"),
            JobKey::of(&queue, Some("y"), b"{}")
        );
        assert_ne!(JobKey::of(&queue, Some("x"), b""), JobKey::of(&queue, None, b"x"));
        assert_ne!(JobKey::of(&queue, Some("1"), b"a"), JobKey::of(&queue, Some("1"), b"b"));
    }

    #[test]
    fn a_message_that_was_put_back_is_another_job_each_time() {
        let key = JobKey::of(&QueueName::new("q").unwrap(), None, b"{}");
        let requeued = |mark| key.clone().requeued(mark);
        assert_eq!(requeued(None), key);
        assert_eq!(requeued(Some("1")), requeued(Some("1")));
        assert_ne!(requeued(Some("1")), key);
        assert_ne!(requeued(Some("1")), requeued(Some("2")));
    }
}
