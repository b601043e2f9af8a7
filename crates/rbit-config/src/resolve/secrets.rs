//! `secrets`: which settings of a runner are never shown, and where their values are.

use std::collections::HashSet;

use rbit_job::RunnerName;
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    mounts::no_setting,
    sandbox::{self, Defaults, own_section},
};
use crate::{
    Problem,
    key::Key,
    keys::sandbox::{MOUNTS, SECRETS},
    overrides::content,
    problem::{Wrong, shown},
    raw::RawEntry,
    reader::{Reader, SectionReader},
};

/// The secret settings of one runner: those that its own sandbox section names, else those of `[sandbox]` that it has.
pub(super) fn names(reader: &mut Reader<'_>, runner: &RunnerName, defaults: &Defaults) -> Vec<String> {
    let own = own_section(runner);
    let has_own = reader.raw.own_entry(&own, SECRETS.name).is_some();
    let (section, wanted) = match has_own {
        true => (own.as_str(), reader.section(&own).list(&SECRETS)),
        false => (sandbox::SECTION, defaults.secrets.clone()),
    };
    let settings = format!("runner:{runner}");
    let mut seen = HashSet::new();
    let mut names = Vec::new();
    for (name, origin) in wanted {
        let is_there = reader.raw.entry(&settings, &name).is_some();
        if !is_there && has_own {
            let wrong = no_setting(reader, &settings, &name);
            reader.problem(&origin, section, SECRETS.name, wrong);
        } else if is_there && seen.insert(name.clone()) {
            names.push(name);
        }
    }
    names
}

/// Reports a secret that is to be mounted.
pub(super) fn report_mounted(
    reader: &mut Reader<'_>,
    runner: &RunnerName,
    secrets: &[String],
    mounts: &[rbit_job::Mount],
) {
    for mount in mounts.iter().filter(|mount| secrets.contains(&mount.setting)) {
        let own = own_section(runner);
        let origin = reader.section(&own).origin;
        let what = format!("setting {} is a secret", shown(&mount.setting));
        reader.problem(
            &origin,
            &own,
            MOUNTS.name,
            Wrong::new(what, "settings that are folders, and no secrets"),
        );
    }
}

/// The value of a secret setting: what is written, or what lies where that says.
pub(super) fn value(reader: &mut Reader<'_>, section: &str, entry: &RawEntry) -> Option<String> {
    let written = entry.as_written();
    let surroundings = reader.surroundings;
    let variable = |name: &str| {
        let mut variables = surroundings.environment.iter();
        variables
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    };
    let found = match written.split_once(':') {
        Some(("file", file)) => content(reader.folder, file.trim(), surroundings),
        Some(("env", name)) => variable(name.trim()).ok_or_else(|| no_variable(name.trim())),
        Some(("credential", name)) => {
            credential(name.trim(), variable(CREDENTIALS)).and_then(|file| content(reader.folder, &file, surroundings))
        }
        _ => Ok(written),
    };
    found
        .and_then(fit)
        .map_err(|wrong| reader.problem(&entry.origin, section, &entry.key, wrong))
        .ok()
}

/// Says that a password of the box's own is too short to be kept out of what the box writes: the server it is for may want no other.
pub(super) fn note_short_password(
    section: &mut SectionReader<'_, '_>,
    key: &Key<SecretString>,
    password: Option<&SecretString>,
) {
    let is_short = password.is_some_and(|password| (1..MIN).contains(&password.expose_secret().len()));
    if let Some(origin) = section.origin_of(key).filter(|_| is_short) {
        let note = Wrong::note(format!(
            "fewer than {MIN} bytes: it is not looked for in logs and records, where it would be found in too much"
        ));
        let note = Problem::of_key(origin, &section.name, key.name, note);
        section.reader.findings.notes.push(note);
    }
}

/// The file of a credential that systemd handed over.
fn credential(name: &str, folder: Option<String>) -> Result<String, Wrong> {
    if name.is_empty() || name.contains('/') || name.starts_with('.') {
        return Err(Wrong::new(
            format!("{} is no name of a credential", shown(name)),
            "the name that `LoadCredential=` gives it",
        ));
    }
    let folder = folder.ok_or_else(|| {
        let wrong = Wrong::new(
            format!("there is no credential {}: `{CREDENTIALS}` is not set", shown(name)),
            EXPECTED,
        );
        wrong.help("systemd sets it for a service with `LoadCredential=` or `LoadCredentialEncrypted=`")
    })?;
    Ok(format!("{folder}/{name}"))
}

fn no_variable(name: &str) -> Wrong {
    Wrong::new(format!("the environment has no variable {}", shown(name)), EXPECTED)
}

/// A value that can be looked for in what a guest prints. It is not repeated.
fn fit(value: String) -> Result<String, Wrong> {
    match value.len() {
        0..MIN => Err(Wrong::new(
            format!("the secret has fewer than {MIN} bytes"),
            "a value that cannot stand in a text by chance",
        )
        .help("a shorter one could not be kept out of logs; take it out of `secrets` if it is none")),
        MIN..=MAX => Ok(value),
        _ => Err(Wrong::new(
            format!("the secret has more than {MAX} bytes"),
            "a password, token or key",
        )),
    }
}

/// What systemd calls the folder of a service's credentials.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";
const EXPECTED: &str = "the value itself, `file:PATH`, `env:NAME` or `credential:NAME`";
/// Bytes of a secret: those that `rbit-redact` looks for.
const MIN: usize = 4;
const MAX: usize = 8 << 10;
