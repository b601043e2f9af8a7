//! The logging sections of the Python program: accepted, and read for the level of the root logger alone.

use crate::{LogFilter, Origin, Problem, check::Findings, raw::Raw, value::log_filter};

/// Whether a section belonged to Python's logging module.
pub(crate) fn is_section(name: &str) -> bool {
    ["loggers", "handlers", "formatters"].contains(&name)
        || ["logger_", "handler_", "formatter_"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

/// What a note says about such a section.
pub(crate) fn what_is_ignored(name: &str) -> Option<&'static str> {
    (name != ROOT_LOGGER).then_some("ignored: logging is configured in [log]")
}

/// The root logger's level, where the file has one that can be read.
pub(crate) fn root_level(raw: &Raw, findings: &mut Findings) -> Option<(LogFilter, Origin)> {
    let entry = raw.own_entry(ROOT_LOGGER, LEVEL)?;
    match log_filter::parse_old(&entry.as_written()) {
        Ok(filter) => Some((filter, entry.origin.clone())),
        Err(wrong) => {
            findings
                .problems
                .push(Problem::of_key(entry.origin.clone(), ROOT_LOGGER, LEVEL, wrong));
            None
        }
    }
}

/// The section of the logger that counts.
pub(crate) const ROOT_LOGGER: &str = "logger_root";
const LEVEL: &str = "level";
