//! Every section and every key: the one list that the reader, the suggestions, the environment, `rbit.ini.example` and
//! `docs/configuration.md` are held against.

pub(crate) mod amqp;
pub(crate) mod general;
pub(crate) mod http;
pub(crate) mod log;
pub(crate) mod pybit;
pub(crate) mod queue;
pub(crate) mod runner;
pub(crate) mod sandbox;
pub(crate) mod web;

use crate::key::Section;

/// The sections, in the order of the documentation.
pub(crate) const SECTIONS: [&Section; 8] = [
    &general::SECTION,
    &amqp::SECTION,
    &pybit::SECTION,
    &queue::SECTION,
    &runner::SECTION,
    &sandbox::SECTION,
    &web::SECTION,
    &log::SECTION,
];

/// The kind of a section, if rbit knows it.
pub(crate) fn kind_of(section: &str) -> Option<&'static Section> {
    SECTIONS.into_iter().find(|kind| kind.is_kind_of(section))
}

/// The name of `[rbit]` in files from before the program was called rbit.
pub(crate) const OLD_GENERAL: &str = "coyote";

#[cfg(test)]
mod tests;
