//! The keys of `[log]`.

use crate::{
    LogFilter, LogFormat,
    key::{Form, Key, ListedKey, Section},
    problem::Wrong,
    value::{choice, log_filter},
};

pub(crate) const SECTION: Section = Section {
    name: "log",
    form: Form::Plain,
    keys: &KEYS,
    is_open: false,
};

const KEYS: [ListedKey; 2] = [FORMAT.listed(), LEVEL.listed()];

/// How lines are written.
pub(crate) const FORMAT: Key<LogFormat> = Key::new("format", format).or("text");
/// Which lines are written.
pub(crate) const LEVEL: Key<LogFilter> = Key::new("level", log_filter::parse).or("info");

fn format(text: &str) -> Result<LogFormat, Wrong> {
    choice::parse(text, &[("text", LogFormat::Text), ("json", LogFormat::Json)])
}
