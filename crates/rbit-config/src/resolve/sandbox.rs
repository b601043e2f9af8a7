//! `[sandbox]` and `[sandbox:NAME]`.

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
    let mut section = reader.section(&own_section(runner));
    let timeout = section.find_own(&TIMEOUT);
    let memory = section.find_own(&MEMORY);
    let log = section.find_own(&LOG);
    let artifacts = section.find_own(&ARTIFACTS);
    let artifact_size = section.find_own(&ARTIFACT_SIZE);
    let artifacts_size = section.find_own(&ARTIFACTS_SIZE);
    let defaults = defaults.limits.as_ref()?;
    Some(Limits {
        timeout: timeout.unwrap_or(defaults.timeout),
        memory: memory.unwrap_or(defaults.memory),
        log: log.unwrap_or(defaults.log),
        artifacts: artifacts.unwrap_or(defaults.artifacts),
        artifact_size: artifact_size.unwrap_or(defaults.artifact_size),
        artifacts_size: artifacts_size.unwrap_or(defaults.artifacts_size),
    })
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
    }
}

pub(super) const SECTION: &str = "sandbox";
