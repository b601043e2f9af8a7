//! Why a job is not done.

use std::fmt;

/// Why a job is not done. The text is for people: it goes to the job's record and the log.
///
/// `?` makes a failure of any error that implements [`std::error::Error`], with the texts of its causes. For that reason, and as
/// `anyhow::Error` does not either, this type does not implement it.
///
/// ```
/// use rbit_guest::Error;
///
/// fn port(text: &str) -> Result<u16, Error> {
///     Ok(text.parse::<u16>()?)
/// }
/// assert_eq!(port("x"), Err(Error::failed("invalid digit found in string")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// It will not succeed by being tried again. The host reports `Failed`.
    Failed(String),
    /// Something it needs is not there yet. The host reports `Blocked` and runs the job again later.
    Blocked(String),
}

impl Error {
    /// A job that will not succeed by being tried again.
    pub fn failed(text: impl Into<String>) -> Self {
        Self::Failed(text.into())
    }

    /// A job that needs something which is not there yet.
    pub fn blocked(text: impl Into<String>) -> Self {
        Self::Blocked(text.into())
    }
}

impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        Self::Failed(text)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(text) | Self::Blocked(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug)]
    struct Caused(&'static str, Option<Box<Caused>>);

    impl fmt::Display for Caused {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl std::error::Error for Caused {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(self.1.as_deref()?)
        }
    }

    #[test]
    fn a_question_mark_makes_a_failure_of_a_std_error() {
        fn read() -> Result<String, Error> {
            Err(io::Error::other("disk on fire"))?
        }
        assert_eq!(read(), Err(Error::Failed("disk on fire".into())));
    }

    #[test]
    fn a_question_mark_keeps_blocked_blocked() {
        fn wait() -> Result<(), Error> {
            Err(Error::blocked("not yet"))?
        }
        assert_eq!(wait(), Err(Error::Blocked("not yet".into())));
    }

    #[test]
    fn the_text_tells_every_cause_in_order() {
        let root = Caused("no route", None);
        let error = Caused(
            "cannot fetch",
            Some(Box::new(Caused("cannot connect", Some(Box::new(root))))),
        );
        assert_eq!(Error::from(error).to_string(), "cannot fetch: cannot connect: no route");
    }
}
