//! `mounts`: which settings of a runner are folders that its guests may read.

use std::collections::HashSet;

use rbit_job::{Mount, RunnerName};

use super::sandbox::{self, Defaults, own_section};
use crate::{
    keys::sandbox::MOUNTS,
    problem::{Wrong, shown},
    reader::Reader,
    suggestion::suggest,
    value::path::from_folder,
};

/// The folders of one runner: those that its own sandbox section names, else those of `[sandbox]` that it has a setting for.
pub(super) fn resolve(
    reader: &mut Reader<'_>,
    runner: &RunnerName,
    is_mapped: bool,
    defaults: &Defaults,
) -> Vec<Mount> {
    let own = own_section(runner);
    let has_own = reader.raw.own_entry(&own, MOUNTS.name).is_some();
    let (section, wanted) = match has_own {
        true => (own.as_str(), reader.section(&own).list(&MOUNTS)),
        false => (sandbox::SECTION, defaults.mounts.clone()),
    };
    let settings = format!("runner:{runner}");
    let mut seen = HashSet::new();
    let mut mounts = Vec::new();
    for (setting, origin) in wanted {
        let folder = reader.raw.entry(&settings, &setting).map(|entry| entry.as_written());
        let mount = match folder {
            Some(folder) => mount(reader, &setting, &folder, is_mapped).map(Some),
            None if has_own => Err(no_setting(reader, &settings, &setting)),
            None => Ok(None),
        };
        match mount {
            Ok(mount) => mounts.extend(mount.filter(|_| seen.insert(setting))),
            Err(wrong) => reader.problem(&origin, section, MOUNTS.name, wrong),
        }
    }
    mounts
}

/// Reports what `[sandbox]` wants to mount and no runner has.
pub(super) fn report_strangers(reader: &mut Reader<'_>, runners: &[String], defaults: &Defaults) {
    for (setting, origin) in &defaults.mounts {
        let has_setting = |name: &String| reader.raw.entry(&format!("runner:{name}"), setting).is_some();
        if !runners.iter().any(has_setting) {
            let wrong = Wrong::new(
                format!("no runner has a setting {}", shown(setting)),
                "a key of a runner section",
            );
            reader.problem(origin, sandbox::SECTION, MOUNTS.name, wrong);
        }
    }
}

fn mount(reader: &Reader<'_>, setting: &str, folder: &str, is_mapped: bool) -> Result<Mount, Wrong> {
    let host = from_folder(reader.folder, folder);
    if folder.is_empty() || (is_mapped && !reader.surroundings.world.is_folder(&host)) {
        let what = format!(
            "setting {} names no folder: {}",
            shown(setting),
            shown(&host.to_string_lossy())
        );
        return Err(Wrong::new(what, "settings whose values are folders that rbit may read"));
    }
    Ok(Mount {
        setting: setting.to_owned(),
        host,
    })
}

/// The words for a setting that a runner does not have.
pub(super) fn no_setting(reader: &Reader<'_>, section: &str, setting: &str) -> Wrong {
    let entries = reader.raw.all_entries(section);
    let wrong = Wrong::new(
        format!("{} is no setting of [{section}]", shown(setting)),
        "keys of that section",
    );
    wrong.did_you_mean(suggest(setting, entries.into_iter().map(|entry| entry.key.as_str())))
}
