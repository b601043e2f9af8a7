//! `mounts`: which settings of a runner are folders that its guests may read.

use rbit_job::{Mount, RunnerName};

use super::sandbox::{self, Defaults, own_section};
use crate::{
    keys::sandbox::MOUNTS,
    problem::{Wrong, shown},
    reader::Reader,
    suggestion::suggest,
    value::{mount::WantedMount, path::from_folder},
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
    let mut mounts: Vec<Mount> = Vec::new();
    for (wanted, origin) in wanted {
        let setting = &wanted.setting;
        let folder = reader.raw.entry(&settings, setting).map(|entry| entry.as_written());
        let mount = match folder {
            Some(folder) => mount(reader, wanted, &folder, is_mapped).map(Some),
            None if has_own => Err(no_setting(reader, &settings, setting)),
            None => Ok(None),
        };
        match mount.and_then(|mount| unless_taken(mount, &mounts)) {
            Ok(mount) => mounts.extend(mount),
            Err(wrong) => reader.problem(&origin, section, MOUNTS.name, wrong),
        }
    }
    mounts
}

/// One guest path leads to one folder. A setting that is named twice in the same way counts once.
fn unless_taken(mount: Option<Mount>, mounts: &[Mount]) -> Result<Option<Mount>, Wrong> {
    let Some(mount) = mount else { return Ok(None) };
    let path = mount.guest_path();
    let Some(other) = mounts.iter().find(|other| other.guest_path() == path) else {
        return Ok(Some(mount));
    };
    if *other == mount {
        return Ok(None);
    }
    let what = format!(
        "{} is already the folder of setting {}",
        shown(&path),
        shown(&other.setting)
    );
    Err(Wrong::new(what, "another path of the guest's"))
}

/// Reports what `[sandbox]` wants to mount and no runner has.
pub(super) fn report_strangers(reader: &mut Reader<'_>, runners: &[String], defaults: &Defaults) {
    for (wanted, origin) in &defaults.mounts {
        let setting = &wanted.setting;
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

fn mount(reader: &Reader<'_>, wanted: WantedMount, folder: &str, is_mapped: bool) -> Result<Mount, Wrong> {
    let host = from_folder(reader.folder, folder);
    if folder.is_empty() || (is_mapped && !reader.surroundings.world.is_folder(&host)) {
        let what = format!(
            "setting {} names no folder: {}",
            shown(&wanted.setting),
            shown(&host.to_string_lossy())
        );
        return Err(Wrong::new(what, "settings whose values are folders that rbit may read"));
    }
    Ok(Mount {
        setting: wanted.setting,
        host,
        at: wanted.at,
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
