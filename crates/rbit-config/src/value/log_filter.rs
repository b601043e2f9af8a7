//! Which log lines are written.

use std::fmt;

use crate::{
    problem::{Wrong, shown},
    suggestion::suggest,
};

/// A level, or a list of directives such as `info,rbit_amqp=debug`: text that `tracing-subscriber` accepts as a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFilter(String);

impl LogFilter {
    /// The directives, separated by commas.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads a filter.
pub(crate) fn parse(text: &str) -> Result<LogFilter, Wrong> {
    let directives: Result<Vec<_>, Wrong> = text
        .split(',')
        .map(|directive| parse_directive(directive.trim()))
        .collect();
    Ok(LogFilter(directives?.join(",")))
}

/// Reads a level of Python's logging module, which old files have in `[logger_root]`.
pub(crate) fn parse_old(text: &str) -> Result<LogFilter, Wrong> {
    let level = match text.to_ascii_uppercase().as_str() {
        "NOTSET" => "trace",
        "DEBUG" => "debug",
        "INFO" => "info",
        "WARN" | "WARNING" => "warn",
        "ERROR" | "CRITICAL" | "FATAL" => "error",
        _ => {
            let expected = "NOTSET, DEBUG, INFO, WARNING, ERROR or CRITICAL";
            return Err(Wrong::new(format!("{} is no level", shown(text)), expected));
        }
    };
    Ok(LogFilter(level.to_owned()))
}

fn parse_directive(directive: &str) -> Result<String, Wrong> {
    let (target, level) = match directive.split_once('=') {
        Some((target, level)) => (Some(target.trim()), level.trim()),
        None => (None, directive),
    };
    let level = level.to_ascii_lowercase();
    if !LEVELS.contains(&level.as_str()) {
        let expected = format!("{}, or a list such as `info,rbit_amqp=debug`", LEVELS.join(", "));
        return Err(
            Wrong::new(format!("{} is no level", shown(&level)), expected).did_you_mean(suggest(&level, LEVELS))
        );
    }
    match target {
        None => Ok(level),
        Some(target) if is_target(target) => Ok(format!("{target}={level}")),
        Some(target) => Err(Wrong::new(
            format!("{} is no target", shown(target)),
            "a module such as `rbit_amqp`",
        )),
    }
}

fn is_target(target: &str) -> bool {
    !target.is_empty()
        && target
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '-' | '.'))
}

const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_or_a_list_of_directives_is_taken() {
        for (text, filter) in [
            ("INFO", "info"),
            ("info, rbit_amqp=DEBUG", "info,rbit_amqp=debug"),
            ("off", "off"),
        ] {
            assert_eq!(parse(text).as_ref().map(LogFilter::as_str), Ok(filter));
        }
        for text in [
            "",
            "inf",
            "verbose",
            "info,",
            "=debug",
            "a b=debug",
            "[span]=debug",
            "rbit=debug=info",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_levels_of_python_are_honoured() {
        for (text, filter) in [
            ("NOTSET", "trace"),
            ("WARN", "warn"),
            ("WARNING", "warn"),
            ("CRITICAL", "error"),
        ] {
            assert_eq!(parse_old(text).as_ref().map(LogFilter::as_str), Ok(filter));
        }
        assert!(parse_old("LOUD").is_err());
    }
}
