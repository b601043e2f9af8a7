//! `[log]`.

use crate::{
    LogSettings, Problem,
    keys::log::{FORMAT, LEVEL},
    old_log,
    problem::Wrong,
    reader::Reader,
};

/// What is logged. An old file's root level counts where `[log]` has none.
pub(super) fn resolve(reader: &mut Reader<'_>) -> Option<LogSettings> {
    let old = old_log::root_level(&reader.raw, &mut reader.findings);
    let mut section = reader.section("log");
    let format = section.read(&FORMAT);
    let filter = match (old, section.origin_of(&LEVEL)) {
        (Some((filter, origin)), None) => {
            section.note_effective(LEVEL.name, filter.as_str(), origin);
            Some(filter)
        }
        (Some((_, origin)), Some(own)) => {
            let note = Wrong::note(format!("not used, because [log] level is set at {own}"));
            let note = Problem::of_key(origin, old_log::ROOT_LOGGER, LEVEL.name, note);
            section.reader.findings.notes.push(note);
            section.read(&LEVEL)
        }
        (None, _) => section.read(&LEVEL),
    };
    Some(LogSettings {
        format: format?,
        filter: filter?,
    })
}
