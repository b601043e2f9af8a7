//! What is said when something could not be done.

use std::fmt::Write as _;

use crate::{exit_code::Code, output};

/// An error that ends the program, with the status it ends with.
#[derive(Debug)]
pub struct Failure {
    code: Code,
    error: anyhow::Error,
    help: Option<String>,
}

impl Failure {
    /// An error that ends with `code`.
    pub fn new(code: Code, error: impl Into<anyhow::Error>) -> Self {
        Self {
            code,
            error: error.into(),
            help: None,
        }
    }

    /// The same with a sure remedy.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::new(Code::Failure, error)
    }
}

/// Writes an error to stderr, one cause a line, and gives the status to end with.
#[expect(
    clippy::print_stderr,
    reason = "this is the one place where the program says why it failed"
)]
pub fn show(failure: &Failure) -> Code {
    let text = text(failure);
    eprint!("{}", String::from_utf8_lossy(&output::without_secrets(text.as_bytes())));
    failure.code
}

/// The error with what would help, where a failure is but one of many results.
pub(crate) fn into_error(failure: Failure) -> anyhow::Error {
    match failure.help {
        Some(help) => anyhow::anyhow!("{:#}; {help}", failure.error),
        None => failure.error,
    }
}

fn text(failure: &Failure) -> String {
    let mut text = String::new();
    for (index, cause) in failure.error.chain().enumerate() {
        let label = if index == 0 { "error" } else { "  caused by" };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{label}: {cause}");
    }
    if let Some(help) = &failure.help {
        let _ = writeln!(text, "help: {help}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_a_line_and_the_remedy_comes_last() {
        let error = anyhow::anyhow!("no such file").context("cannot read `x`");
        let failure = Failure::new(Code::Config, error).with_help("make it");
        assert_eq!(
            text(&failure),
            "error: cannot read `x`\n  caused by: no such file\nhelp: make it\n"
        );
    }
}
