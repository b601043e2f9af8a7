//! `[sandbox]` and `[sandbox:NAME]`.

use std::time::Duration;

use rbit_job::{Limits, RunnerName};

use crate::{
    Origin, Problem,
    keys::sandbox::{ARTIFACT_SIZE, ARTIFACTS, ARTIFACTS_SIZE, LOG, MEMORY, MOUNTS, TIMEOUT},
    problem::{Wrong, shown},
    reader::Reader,
    suggestion::suggest,
};

/// What `[sandbox]` says for all runners.
pub(super) struct Defaults {
    limits: Option<Limits>,
    /// Settings to mount where a runner has them.
    pub(super) mounts: Vec<(String, Origin)>,
}

/// Reads `[sandbox]`.
pub(super) fn defaults(reader: &mut Reader<'_>) -> Defaults {
    let mut section = reader.section(SECTION);
    let timeout = section.read(&TIMEOUT);
    let memory = section.read(&MEMORY);
    let log = section.read(&LOG);
    let artifacts = section.read(&ARTIFACTS);
    let artifact_size = section.read(&ARTIFACT_SIZE);
    let artifacts_size = section.read(&ARTIFACTS_SIZE);
    let mounts = section.list(&MOUNTS);
    let limits = || {
        Some(Limits {
            timeout: timeout?,
            memory: memory?,
            log: log?,
            artifacts: artifacts?,
            artifact_size: artifact_size?,
            artifacts_size: artifacts_size?,
        })
    };
    Defaults {
        limits: limits(),
        mounts,
    }
}

/// The limits of one runner: what its own section does not say, `[sandbox]` says.
pub(super) fn limits(reader: &mut Reader<'_>, runner: &RunnerName, defaults: &Defaults) -> Option<Limits> {
    let own = own_limits(reader, &own_section(runner));
    let defaults = defaults.limits.as_ref()?;
    Some(Limits {
        timeout: own.timeout.unwrap_or(defaults.timeout),
        memory: own.memory.unwrap_or(defaults.memory),
        log: own.log.unwrap_or(defaults.log),
        artifacts: own.artifacts.unwrap_or(defaults.artifacts),
        artifact_size: own.artifact_size.unwrap_or(defaults.artifact_size),
        artifacts_size: own.artifacts_size.unwrap_or(defaults.artifacts_size),
    })
}

/// The limits that one section sets.
struct OwnLimits {
    timeout: Option<Duration>,
    memory: Option<u64>,
    log: Option<u64>,
    artifacts: Option<u32>,
    artifact_size: Option<u64>,
    artifacts_size: Option<u64>,
}

fn own_limits(reader: &mut Reader<'_>, section: &str) -> OwnLimits {
    let mut section = reader.section(section);
    OwnLimits {
        timeout: section.find_own(&TIMEOUT),
        memory: section.find_own(&MEMORY),
        log: section.find_own(&LOG),
        artifacts: section.find_own(&ARTIFACTS),
        artifact_size: section.find_own(&ARTIFACT_SIZE),
        artifacts_size: section.find_own(&ARTIFACTS_SIZE),
    }
}

/// The name of a runner's own section.
pub(super) fn own_section(runner: &RunnerName) -> String {
    format!("{SECTION}:{runner}")
}

/// Reports sections of runners that are not there.
pub(super) fn report_strangers(reader: &mut Reader<'_>, runners: &[String]) {
    for name in reader.raw.names_of(SECTION) {
        if runners.contains(&name) {
            continue;
        }
        let section = format!("{SECTION}:{name}");
        let origin = reader.section(&section).origin;
        let wrong = Wrong::new(
            format!("no section describes runner {}", shown(&name)),
            format!("[runner:{name}]"),
        );
        let wrong = wrong.did_you_mean(suggest(&name, runners.iter().map(String::as_str)));
        reader
            .findings
            .problems
            .push(Problem::of_section(origin, &section, wrong));
        // Once its name is right, the values count.
        own_limits(reader, &section);
        if reader.raw.own_entry(&section, MOUNTS.name).is_some() {
            reader.section(&section).list(&MOUNTS);
        }
    }
}

pub(super) const SECTION: &str = "sandbox";
