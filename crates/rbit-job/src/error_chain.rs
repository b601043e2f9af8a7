//! An error with its causes on one line.

use std::{error::Error, iter};

/// The text of an error and of what caused it, joined by `: `. Errors of this project do not repeat their cause.
///
/// ```
/// use rbit_job::{JobId, error_chain};
/// let error = JobId::new("x").unwrap_err();
/// assert_eq!(error_chain(&error), "`x` is no job id: expected one to forty decimal digits");
/// ```
pub fn error_chain(error: &(dyn Error + 'static)) -> String {
    let causes = iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot open the door")]
    struct Outer(#[source] std::fmt::Error);

    #[test]
    fn the_cause_follows_what_it_caused() {
        let text = error_chain(&Outer(std::fmt::Error));
        assert!(text.starts_with("cannot open the door: "), "{text}");
    }
}
