//! What bounds the processes of each runner.

use rbit_config::Settings;
use rbit_jail::{JailSettings, StartError, group_bounds, look, wire::Rlimits};
use rbit_job::Runner;
use serde::Serialize;

use crate::{guests::jail_settings, scratch};

/// Bounds of the process with one runner's guests.
#[derive(Debug, Serialize)]
pub(super) struct Bounds {
    runner: String,
    /// As a process said that has set them.
    rlimits: Rlimits,
    cgroup: Group,
}

/// Those of its control group, if it gets one.
#[derive(Debug, Serialize)]
struct Group {
    memory: u64,
    threads: u64,
}

impl Bounds {
    /// Starts a process like one with this runner's guests.
    pub(super) fn of(runner: &Runner, settings: &Settings, trial: &JailSettings) -> Result<Self, StartError> {
        let group = group_bounds(
            &jail_settings(settings),
            &runner.limits,
            scratch::will_be_memory(settings),
        );
        Ok(Self {
            runner: runner.name.to_string(),
            rlimits: look(trial, &runner.limits)?.limits,
            cgroup: Group {
                memory: group.memory,
                threads: group.threads,
            },
        })
    }
}

/// A line for each.
pub(super) fn as_text(all: &[Bounds]) -> String {
    all.iter()
        .map(
            |Bounds {
                 runner,
                 rlimits,
                 cgroup,
             }| {
                let core = match rlimits.core_bytes {
                    Some(0) => "no core dump".to_owned(),
                    bytes => format!("a core dump of {}", or_any(bytes.map(|bytes| format!("{bytes} B")))),
                };
                let files = or_any(rlimits.open_files.map(|files| files.to_string()));
                let bytes = or_any(rlimits.file_bytes.map(mib));
                let (memory, threads) = (mib(cgroup.memory), cgroup.threads);
                format!(
                    "limits         in force for `{runner}`: {files} open files, files of {bytes}, {core}; \
                 with a control group {memory} of memory and {threads} threads\n"
                )
            },
        )
        .collect()
}

fn or_any(bound: Option<String>) -> String {
    bound.unwrap_or_else(|| "any number of".to_owned())
}

fn mib(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}
