//! A command with its arguments, as `shell!` and `native!` have it.

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    JobRequest,
    template::{self, TOKENS, UnsafeValue},
};

/// The words of a command line. They were split when the configuration was read, before any token is replaced: a value with blanks,
/// quotes or `;` stays within its word, and nothing interprets it.
///
/// ```
/// use rbit_job::CommandLine;
/// let line = CommandLine::new(["svg2png", "%ID.svg"].map(str::to_owned).into(), vec![]).unwrap();
/// assert_eq!(line.to_string(), "svg2png %ID.svg");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandLine {
    words: Vec<String>,
    files: Vec<PathBuf>,
}

impl CommandLine {
    /// The command, its arguments, and the files that the command may be, in the order in which they are looked for. None without
    /// a command, and where the command's own name would depend on a request.
    pub fn new(words: Vec<String>, files: Vec<PathBuf>) -> Option<Self> {
        let command = words.first()?;
        let is_fixed = !TOKENS.iter().any(|token| command.contains(token));
        (is_fixed && !command.is_empty()).then_some(Self { words, files })
    }

    /// The command as it is configured: a name or a path.
    pub fn command(&self) -> &str {
        self.words.first().map(String::as_str).unwrap_or_default()
    }

    /// What follows the command.
    pub fn arguments(&self) -> &[String] {
        self.words.get(1..).unwrap_or_default()
    }

    /// Where the command is looked for.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// The same for one request: tokens are replaced by its values. A value that no argument can be is refused.
    pub fn for_request(&self, request: &JobRequest) -> Result<Self, UnsafeValue> {
        let command = self.command().to_owned();
        let arguments = self.arguments().iter();
        let arguments = arguments.map(|word| template::replaced(word, request, argument_part));
        let words: Result<_, _> = std::iter::once(Ok(command)).chain(arguments).collect();
        Ok(Self {
            words: words?,
            files: self.files.clone(),
        })
    }
}

/// The words as they are, without the quotes that they may have had.
impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words.join(" "))
    }
}

fn argument_part<'a>(token: &'static str, value: &'a str) -> Result<&'a str, UnsafeValue> {
    if value.contains('\0') || value.len() > MAX_VALUE {
        return Err(UnsafeValue::new(
            token,
            value,
            "an argument: it has a null character or is too long",
        ));
    }
    Ok(value)
}

/// Bytes of one value. The system takes 128 KiB for one argument.
const MAX_VALUE: usize = 32 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::sample;

    fn line(words: &[&str]) -> Option<CommandLine> {
        CommandLine::new(words.iter().map(|word| (*word).to_owned()).collect(), vec![])
    }

    #[test]
    fn a_value_stays_within_its_word_whatever_it_holds() {
        let request = JobRequest {
            package: "a b; rm -rf \"$HOME\" %VERSION".into(),
            ..sample()
        };
        let line = line(&["tool", "--of=%ID.svg", "%ID", "100%", "%JOB/%FORMAT"]).unwrap();
        let line = line.for_request(&request).unwrap();
        assert_eq!(
            line.arguments(),
            [
                "--of=a b; rm -rf \"$HOME\" %VERSION.svg",
                "a b; rm -rf \"$HOME\" %VERSION",
                "100%",
                "4/pdf"
            ]
        );
        assert_eq!(line.command(), "tool");
    }

    #[test]
    fn a_command_is_not_chosen_by_a_request() {
        assert!(line(&["tool-%ID"]).is_none() && line(&[]).is_none() && line(&[""]).is_none());
    }

    #[test]
    fn a_value_that_no_argument_can_be_is_refused() {
        for value in ["a\0b".to_owned(), "x".repeat(MAX_VALUE + 1)] {
            let request = JobRequest {
                version: value,
                ..sample()
            };
            assert!(line(&["tool", "%ID"]).unwrap().for_request(&request).is_ok());
            let error = line(&["tool", "v%VERSION"]).unwrap().for_request(&request).unwrap_err();
            assert!(error.to_string().contains("`%VERSION`"), "{error}");
        }
    }
}
