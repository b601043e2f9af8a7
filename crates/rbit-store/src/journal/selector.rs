//! How a person names a job.

use std::str::FromStr;

use rbit_job::JobId;

/// Which job is meant: by its number at the front-end, or by the beginning of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobSelector {
    /// A number; front-ends that count alike may have a job of it each.
    Number(JobId),
    /// At least [`Self::MIN_KEY`] hexadecimal digits, of which one is no decimal one.
    Key(String),
}

impl JobSelector {
    /// Fewer digits of a key are likely to fit several jobs.
    pub const MIN_KEY: usize = 6;
}

impl FromStr for JobSelector {
    type Err = InvalidSelector;

    /// ```
    /// use rbit_store::JobSelector;
    /// assert!(matches!("42".parse(), Ok(JobSelector::Number(_))));
    /// assert!(matches!("3fa9c1".parse(), Ok(JobSelector::Key(_))));
    /// assert!("m9003".parse::<JobSelector>().is_err());
    /// ```
    fn from_str(text: &str) -> Result<Self, InvalidSelector> {
        if let Ok(number) = JobId::new(text) {
            return Ok(Self::Number(number));
        }
        let is_key = text.len() >= Self::MIN_KEY && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_key.then(|| Self::Key(text.to_owned())).ok_or(InvalidSelector)
    }
}

/// A text that selects no job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a job's number, or the first {} or more hexadecimal digits of its key",
    JobSelector::MIN_KEY
)]
pub struct InvalidSelector;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_neither_a_number_nor_hexadecimal_digits_selects_nothing() {
        for text in ["", "abcde", "m9003", "ABCDEF", "12 34", "-1", "%", "abcdeg"] {
            assert_eq!(text.parse::<JobSelector>(), Err(InvalidSelector), "{text}");
        }
    }
}
