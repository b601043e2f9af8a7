//! `allow-http`, `allow-internal` and `http-policy`: what the guests of a runner may reach.

use rbit_job::{
    RunnerName,
    http::{HostPattern, HttpGrant, HttpPolicy, InternalHost},
};

use super::sandbox::own_section;
use crate::{
    Problem,
    key::Key,
    keys::http::{ALLOW_HTTP, ALLOW_INTERNAL, HTTP_POLICY},
    problem::Wrong,
    reader::{Reader, SectionReader},
};

/// What one section says.
#[derive(Clone, Default)]
pub(super) struct Said {
    allow: Option<Vec<HostPattern>>,
    internal: Option<Vec<InternalHost>>,
    policy: Option<HttpPolicy>,
}

/// What `[sandbox]` says for all runners.
pub(super) fn common(section: &mut SectionReader<'_, '_>) -> Said {
    Said {
        policy: section.read(&HTTP_POLICY),
        allow: list(section, &ALLOW_HTTP),
        internal: list(section, &ALLOW_INTERNAL),
    }
}

/// The grant of one runner: what its own section does not say, `[sandbox]` says. Without a pattern there is none.
pub(super) fn resolve(reader: &mut Reader<'_>, runner: &RunnerName, defaults: &Said) -> Option<HttpGrant> {
    let mut section = reader.section(&own_section(runner));
    let own = Said {
        policy: section.find_own(&HTTP_POLICY),
        allow: own_list(&mut section, &ALLOW_HTTP),
        internal: own_list(&mut section, &ALLOW_INTERNAL),
    };
    let defaults = defaults.clone();
    let allow = own.allow.or(defaults.allow).unwrap_or_default();
    if allow.is_empty() {
        note_of_no_use(&mut section);
        return None;
    }
    Some(HttpGrant {
        allow,
        internal: own.internal.or(defaults.internal).unwrap_or_default(),
        policy: own.policy.or(defaults.policy).unwrap_or_default(),
    })
}

/// A runner's section that speaks of requests, though none is allowed.
fn note_of_no_use(section: &mut SectionReader<'_, '_>) {
    for key in [HTTP_POLICY.name, ALLOW_INTERNAL.name] {
        if let Some(entry) = section.reader.raw.own_entry(&section.name, key) {
            let wrong = Wrong::note("of no use without `allow-http`: every request is refused");
            let note = Problem::of_key(entry.origin.clone(), &section.name, key, wrong);
            section.reader.findings.notes.push(note);
        }
    }
}

fn list<T>(section: &mut SectionReader<'_, '_>, key: &Key<T>) -> Option<Vec<T>> {
    section.origin_of(key)?;
    Some(section.list(key).into_iter().map(|(item, _)| item).collect())
}

/// The list of a section itself: an empty one takes away what `[sandbox]` grants.
fn own_list<T>(section: &mut SectionReader<'_, '_>, key: &Key<T>) -> Option<Vec<T>> {
    section.reader.raw.own_entry(&section.name, key.name)?;
    list(section, key)
}
