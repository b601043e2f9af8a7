//! Names of sections and keys: old ones are replaced, unknown and repeated ones reported.

use std::collections::HashMap;

use crate::{
    Origin, Problem,
    check::Findings,
    key::{Form, Section},
    keys::{OLD_GENERAL, SECTIONS, kind_of},
    old_log,
    problem::Wrong,
    raw::{DEFAULT_SECTION, Raw, RawSection},
    suggestion::suggest,
};

/// Checks all names. A misspelt name is reported once and then read as what was surely meant, so that its value is checked too
/// and nothing is reported as missing because of it.
pub(crate) fn check(raw: &mut Raw) -> Findings {
    let mut findings = Findings::default();
    for section in &mut raw.sections {
        check_section(section, &mut findings);
    }
    let mut seen = HashMap::new();
    for section in &raw.sections {
        report_repetitions(section, &mut seen, &mut findings.problems);
    }
    findings
}

fn check_section(section: &mut RawSection, findings: &mut Findings) {
    let place = |wrong| Problem::of_section(section.origin.clone(), &section.name, wrong);
    if section.name == OLD_GENERAL {
        findings.notes.push(place(Wrong::note("read as [rbit], its new name")));
        section.name = "rbit".into();
    } else if old_log::is_section(&section.name) {
        let ignored = old_log::what_is_ignored(&section.name);
        findings
            .notes
            .extend(ignored.map(|ignored| place(Wrong::note(ignored))));
    } else if kind_of(&section.name).is_none() && section.name != DEFAULT_SECTION {
        findings.problems.push(place(unknown_section(&section.name)));
        section.name = meant_section(&section.name).unwrap_or_else(|| section.name.clone());
    }
    if let Some(kind) = kind_of(&section.name).or_else(|| named_kind(&section.name)) {
        check_keys(section, kind, findings);
    }
}

fn check_keys(section: &mut RawSection, kind: &Section, findings: &mut Findings) {
    let set: Vec<_> = section.entries.iter().map(|entry| entry.key.clone()).collect();
    for entry in &mut section.entries {
        if let Some(known) = kind.key(&entry.key) {
            entry.key = known.name.to_owned();
            continue;
        }
        let unset = kind.key_names().filter(|name| !set.iter().any(|key| key == name));
        let meant = suggest(&entry.key, unset);
        let place = |wrong| Problem::of_key(entry.origin.clone(), &section.name, &entry.key, wrong);
        if kind.is_open {
            let note = |meant| Wrong::note(format!("goes to the guest as it is; rbit itself reads `{meant}`"));
            findings.notes.extend(meant.map(|meant| place(note(meant))));
        } else {
            findings.problems.push(place(unknown_key(kind, &entry.key, meant)));
            entry.key = meant.map_or_else(|| entry.key.clone(), str::to_owned);
        }
    }
}

/// The words for a section that rbit does not have.
pub(crate) fn unknown_section(name: &str) -> Wrong {
    let forms: Vec<_> = SECTIONS.into_iter().map(|kind| format!("[{}]", form(kind))).collect();
    let needs_name = named_kind(name);
    let help = match meant_section(name) {
        Some(meant) => Some(format!("did you mean [{meant}]?")),
        None => needs_name.map(|kind| format!("the section needs a name: [{}]", form(kind))),
    };
    Wrong::new("the section is not known", format!("one of {}", forms.join(", "))).or_help(help)
}

/// The words for a key that a section does not have.
pub(crate) fn unknown_key(kind: &Section, key: &str, meant: Option<&str>) -> Wrong {
    let known: Vec<_> = kind.key_names().collect();
    let wrong = Wrong::new("the key is not known", format!("one of {}", known.join(", "))).did_you_mean(meant);
    let home = SECTIONS.into_iter().find(|section| section.key(key).is_some());
    wrong.or_help(home.map(|home| format!("`{key}` is a key of [{}]", form(home))))
}

fn report_repetitions<'a>(
    section: &'a RawSection,
    seen: &mut HashMap<(&'a str, Option<&'a str>), &'a Origin>,
    problems: &mut Vec<Problem>,
) {
    let mut first_place = |key: Option<&'a str>, origin| {
        let first = *seen.entry((&section.name, key)).or_insert(origin);
        (first != origin).then_some(first)
    };
    let twice = |what: &str, first: &Origin| {
        Wrong::new(format!("the {what} is there twice"), format!("only the one at {first}"))
    };
    if let Some(first) = first_place(None, &section.origin) {
        problems.push(Problem::of_section(
            section.origin.clone(),
            &section.name,
            twice("section", first),
        ));
    }
    for entry in &section.entries {
        if let Some(first) = first_place(Some(&entry.key), &entry.origin) {
            problems.push(Problem::of_key(
                entry.origin.clone(),
                &section.name,
                &entry.key,
                twice("key", first),
            ));
        }
    }
}

/// The section that was surely meant, as its name would be written.
fn meant_section(name: &str) -> Option<String> {
    let (word, rest) = match name.split_once(':') {
        Some((word, rest)) => (word.trim(), Some(rest.trim())),
        None => (name, None),
    };
    let fits = |kind: &&Section| kind.form == Form::Either || (kind.form == Form::Named) == rest.is_some();
    let meant = suggest(word, SECTIONS.into_iter().filter(fits).map(|kind| kind.name))?;
    Some(rest.map_or_else(|| meant.to_owned(), |rest| format!("{meant}:{rest}")))
}

/// The kind of a section that lacks its name.
fn named_kind(name: &str) -> Option<&'static Section> {
    SECTIONS
        .into_iter()
        .find(|kind| kind.name == name && kind.form == Form::Named)
}

fn form(kind: &Section) -> String {
    match kind.form {
        Form::Plain | Form::Either => kind.name.to_owned(),
        Form::Named => format!("{}:NAME", kind.name),
    }
}
