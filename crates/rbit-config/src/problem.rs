//! A mistake in the configuration, and the words for it.

use std::fmt;

use crate::Origin;

/// Something about the configuration that its author must, or (as a note) may want to, know.
///
/// Its text reads `FILE:LINE: [section] key: what is wrong; expected …`, with a `help:` line where there is a likely remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands.
    pub origin: Origin,
    /// The section, without brackets.
    pub section: Option<String>,
    /// The key, as the documentation spells it.
    pub key: Option<String>,
    /// What is wrong.
    pub what: String,
    /// What would be accepted.
    pub expected: Option<String>,
    /// The likely remedy.
    pub help: Option<String>,
}

impl Problem {
    /// A problem of a whole file or line.
    pub(crate) fn of_line(origin: Origin, wrong: Wrong) -> Self {
        Self {
            origin,
            section: None,
            key: None,
            what: wrong.what,
            expected: wrong.expected,
            help: wrong.help,
        }
    }

    /// A problem of a section.
    pub(crate) fn of_section(origin: Origin, section: &str, wrong: Wrong) -> Self {
        Self {
            section: Some(section.to_owned()),
            ..Self::of_line(origin, wrong)
        }
    }

    /// A problem of a key.
    pub(crate) fn of_key(origin: Origin, section: &str, key: &str, wrong: Wrong) -> Self {
        Self {
            key: Some(key.to_owned()),
            ..Self::of_section(origin, section, wrong)
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.origin)?;
        match (&self.section, &self.key) {
            (Some(section), Some(key)) => write!(f, "[{section}] {key}: ")?,
            (Some(section), None) => write!(f, "[{section}]: ")?,
            (None, _) => {}
        }
        f.write_str(&self.what)?;
        if let Some(expected) = &self.expected {
            write!(f, "; expected {expected}")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

/// What is wrong with a text, before it is known where the text stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    what: String,
    expected: Option<String>,
    help: Option<String>,
}

impl Wrong {
    /// Says what is wrong and what would be right.
    pub(crate) fn new(what: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            expected: Some(expected.into()),
            help: None,
        }
    }

    /// Says what is the case, where that says all.
    pub(crate) fn note(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            expected: None,
            help: None,
        }
    }

    /// Adds a remedy.
    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }

    /// Adds the nearest known word, if there is one.
    pub(crate) fn did_you_mean(self, suggestion: Option<impl fmt::Display>) -> Self {
        match suggestion {
            Some(word) => self.help(format!("did you mean `{word}`?")),
            None => self,
        }
    }

    /// Adds a remedy unless a better one is there.
    pub(crate) fn or_help(self, help: Option<impl Into<String>>) -> Self {
        Self {
            help: self.help.or(help.map(Into::into)),
            ..self
        }
    }
}

/// A value as an error shows it: in backticks, on one line, of bounded length.
pub(crate) fn shown(value: &str) -> String {
    let mut text: String = value.chars().take(MAX_SHOWN).flat_map(char::escape_debug).collect();
    if value.chars().nth(MAX_SHOWN).is_some() {
        text.push('…');
    }
    format!("`{text}`")
}

/// Characters of a value that an error repeats.
const MAX_SHOWN: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_in_an_error_stays_on_its_line() {
        assert_eq!(shown("a\nb\u{1b}[2J"), r"`a\nb\u{1b}[2J`");
        assert_eq!(shown(&"x".repeat(500)).chars().count(), MAX_SHOWN + 3);
    }

    #[test]
    fn a_problem_reads_from_its_place_to_its_remedy() {
        let origin = Origin::Environment("RBIT_AMQP_PORT".into());
        let wrong = Wrong::new("`x` is no number", "1 to 9").did_you_mean(Some("7"));
        assert_eq!(
            Problem::of_key(origin, "amqp", "port", wrong).to_string(),
            "environment RBIT_AMQP_PORT: [amqp] port: `x` is no number; expected 1 to 9\n  help: did you mean `7`?"
        );
    }
}
