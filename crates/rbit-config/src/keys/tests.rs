//! Holds the list of keys against the files that explain it.

use std::collections::BTreeSet;

use super::*;

const EXAMPLE: &str = include_str!("../../../../rbit.ini.example");
const DOCUMENT: &str = include_str!("../../../../docs/configuration.md");

/// Section and key.
type Names = BTreeSet<(String, String)>;

fn known() -> Names {
    let of_section = |kind: &'static Section| kind.key_names().map(|key| (kind.name.to_owned(), key.to_owned()));
    SECTIONS.into_iter().flat_map(of_section).collect()
}

/// The settings of the example, those that are commented out included: section, key and value.
fn settings_of_example() -> Vec<(&'static Section, String, String)> {
    let mut kind = None;
    let mut settings = Vec::new();
    for line in EXAMPLE.lines() {
        let line = line.strip_prefix('#').unwrap_or(line);
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            kind = Some(kind_of(name).unwrap_or_else(|| panic!("[{name}] is not known")));
        } else if !line.starts_with(' ')
            && let Some((key, value)) = line.split_once('=')
        {
            settings.push((kind.unwrap(), key.trim().to_owned(), value.trim().to_owned()));
        }
    }
    settings
}

#[test]
fn the_example_has_every_key_and_no_other() {
    let settings = settings_of_example();
    let guests = |kind: &Section, key: &str| kind.is_open && kind.key(key).is_none();
    let named = settings.iter().filter(|(kind, key, _)| !guests(kind, key));
    let named: Names = named
        .map(|(kind, key, _)| (kind.name.to_owned(), key.clone()))
        .collect();
    assert_eq!(named, known());
}

#[test]
fn the_example_shows_the_default_where_a_key_first_stands() {
    let mut seen = Names::new();
    for (kind, key, value) in settings_of_example() {
        // A runner further down may need more than all have.
        if !seen.insert((kind.name.to_owned(), key.clone())) {
            continue;
        }
        if let Some(default) = kind.key(&key).and_then(|key| key.default) {
            assert_eq!(value, default, "[{}] {key}", kind.name);
        }
    }
}

#[test]
fn the_document_has_every_key_with_its_default_and_no_other() {
    let mut section = "";
    let mut named = Names::new();
    for line in DOCUMENT.lines() {
        if let Some(heading) = line.strip_prefix("## `[") {
            section = heading.split([']', ':']).next().unwrap();
        } else if let Some(row) = line.strip_prefix("| `") {
            let key = row.split('`').next().unwrap();
            let kind = SECTIONS
                .into_iter()
                .find(|kind| kind.name == section)
                .unwrap_or_else(|| panic!("{line}"));
            named.insert((section.to_owned(), key.to_owned()));
            let default = kind
                .key(key)
                .and_then(|key| key.default)
                .map(|default| format!("| `{default}` |"));
            assert!(default.is_none_or(|default| line.contains(&default)), "{line}");
        }
    }
    assert_eq!(named, known());
}

#[test]
fn keys_have_names_that_the_environment_can_tell_apart() {
    for kind in SECTIONS {
        let variables: BTreeSet<_> = kind.key_names().map(|key| key.replace('-', "_")).collect();
        assert_eq!(variables.len(), kind.keys.len());
        let is_ambiguous = |key: &String| variables.contains(&format!("{key}_file"));
        assert!(!variables.iter().any(is_ambiguous), "[{}]", kind.name);
    }
}
