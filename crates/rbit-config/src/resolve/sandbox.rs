//! `[sandbox]` and `[sandbox:NAME]`.

use std::time::Duration;

use rbit_job::{Chance, Limits, RunnerName};

use super::http;
use crate::{
    Origin, Problem,
    key::Key,
    keys::http::{HTTP_BYTES, HTTP_CONCURRENCY, HTTP_REQUEST_SIZE, HTTP_REQUESTS, HTTP_RESPONSE_SIZE, HTTP_TIMEOUT},
    keys::sandbox::{
        ARTIFACT_NAME, ARTIFACT_SIZE, ARTIFACTS, ARTIFACTS_SIZE, CALL_BYTES, CLOCK, CPU_TIME, DISK, FILES, HANDLES,
        HEADER_BYTES, INSTANCES, LOG, LOG_LINE, LOG_RATE, MEMORY, MOUNTS, OPEN_FILES, PROCESSES, RANDOM, RANDOM_BYTES,
        SECRETS, TABLE_ELEMENTS, TIMEOUT,
    },
    problem::{Wrong, shown},
    reader::{Reader, SectionReader},
    suggestion::suggest,
    value::mount::WantedMount,
};

/// What `[sandbox]` says for all runners.
pub(super) struct Defaults {
    limits: Limits,
    chance: Chance,
    /// `cpu-time`, if it is said.
    cpu_time: Option<Duration>,
    /// Settings to mount where a runner has them.
    pub(super) mounts: Vec<(WantedMount, Origin)>,
    /// What guests may reach.
    pub(super) http: http::Said,
    /// Settings that are secrets where a runner has them.
    pub(super) secrets: Vec<(String, Origin)>,
}

/// Reads `[sandbox]`.
pub(super) fn defaults(reader: &mut Reader<'_>) -> Defaults {
    let mut section = reader.section(SECTION);
    let cpu_time = section.find(&CPU_TIME);
    let limits = read_limits(&mut Common(&mut section), &Limits::default(), cpu_time);
    if section.origin_of(&CPU_TIME).is_none() {
        let shown = format!("{}ms", limits.cpu_time.as_millis());
        section.note_effective(CPU_TIME.name, &shown, Origin::Default);
    }
    let chance = Chance {
        clock: section.read(&CLOCK).unwrap_or_default(),
        random: section.read(&RANDOM).unwrap_or_default(),
    };
    let mounts = section.list(&MOUNTS);
    let http = http::common(&mut section);
    let secrets = section.list(&SECRETS);
    Defaults {
        limits,
        chance,
        cpu_time,
        mounts,
        http,
        secrets,
    }
}

/// The limits of one runner: what its own section does not say, `[sandbox]` says.
pub(super) fn limits(reader: &mut Reader<'_>, runner: &RunnerName, defaults: &Defaults) -> Limits {
    own_limits(reader, &own_section(runner), &defaults.limits, defaults.cpu_time)
}

/// The clock and the random numbers of one runner.
pub(super) fn chance(reader: &mut Reader<'_>, runner: &RunnerName, defaults: &Defaults) -> Chance {
    let mut section = reader.section(&own_section(runner));
    Chance {
        clock: section.find_own(&CLOCK).unwrap_or(defaults.chance.clock),
        random: section.find_own(&RANDOM).unwrap_or(defaults.chance.random),
    }
}

fn own_limits(reader: &mut Reader<'_>, section: &str, base: &Limits, cpu_time: Option<Duration>) -> Limits {
    let mut section = reader.section(section);
    let cpu_time = section.find_own(&CPU_TIME).or(cpu_time);
    read_limits(&mut Own(&mut section), base, cpu_time)
}

/// Every limit: what the section has, else what counts without it. A value that cannot be read is a problem that was reported.
fn read_limits(section: &mut impl LimitSection, base: &Limits, cpu_time: Option<Duration>) -> Limits {
    let timeout = section.get(&TIMEOUT).unwrap_or(base.timeout);
    Limits {
        timeout,
        cpu_time: cpu_time.unwrap_or(timeout),
        memory: section.get(&MEMORY).unwrap_or(base.memory),
        table_elements: section.get(&TABLE_ELEMENTS).unwrap_or(base.table_elements),
        instances: section.get(&INSTANCES).unwrap_or(base.instances),
        handles: section.get(&HANDLES).unwrap_or(base.handles),
        call_bytes: section.get(&CALL_BYTES).unwrap_or(base.call_bytes),
        random_bytes: section.get(&RANDOM_BYTES).unwrap_or(base.random_bytes),
        header_bytes: section.get(&HEADER_BYTES).unwrap_or(base.header_bytes),
        disk: section.get(&DISK).unwrap_or(base.disk),
        files: section.get(&FILES).unwrap_or(base.files),
        open_files: section.get(&OPEN_FILES).unwrap_or(base.open_files),
        processes: section.get(&PROCESSES).unwrap_or(base.processes),
        log: section.get(&LOG).unwrap_or(base.log),
        log_line: section.get(&LOG_LINE).unwrap_or(base.log_line),
        log_rate: section.get(&LOG_RATE).unwrap_or(base.log_rate),
        artifacts: section.get(&ARTIFACTS).unwrap_or(base.artifacts),
        artifact_size: section.get(&ARTIFACT_SIZE).unwrap_or(base.artifact_size),
        artifacts_size: section.get(&ARTIFACTS_SIZE).unwrap_or(base.artifacts_size),
        artifact_name: section.get(&ARTIFACT_NAME).unwrap_or(base.artifact_name),
        http_requests: section.get(&HTTP_REQUESTS).unwrap_or(base.http_requests),
        http_concurrency: section.get(&HTTP_CONCURRENCY).unwrap_or(base.http_concurrency),
        http_timeout: section.get(&HTTP_TIMEOUT).unwrap_or(base.http_timeout),
        http_request_size: section.get(&HTTP_REQUEST_SIZE).unwrap_or(base.http_request_size),
        http_response_size: section.get(&HTTP_RESPONSE_SIZE).unwrap_or(base.http_response_size),
        http_bytes: section.get(&HTTP_BYTES).unwrap_or(base.http_bytes),
    }
}

/// A section that has limits.
trait LimitSection {
    fn get<T>(&mut self, key: &Key<T>) -> Option<T>;
}

/// `[sandbox]`: each key has a value, if only its default.
struct Common<'s, 'r, 'a>(&'s mut SectionReader<'r, 'a>);

impl LimitSection for Common<'_, '_, '_> {
    fn get<T>(&mut self, key: &Key<T>) -> Option<T> {
        self.0.read(key)
    }
}

/// `[sandbox:NAME]`: what it says itself.
struct Own<'s, 'r, 'a>(&'s mut SectionReader<'r, 'a>);

impl LimitSection for Own<'_, '_, '_> {
    fn get<T>(&mut self, key: &Key<T>) -> Option<T> {
        self.0.find_own(key)
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
        own_limits(reader, &section, &Limits::default(), None);
        if reader.raw.own_entry(&section, MOUNTS.name).is_some() {
            reader.section(&section).list(&MOUNTS);
        }
    }
}

pub(super) const SECTION: &str = "sandbox";

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers with the default of each key.
    struct Defaulting;

    impl LimitSection for Defaulting {
        fn get<T>(&mut self, key: &Key<T>) -> Option<T> {
            (key.parse)(key.default?).ok()
        }
    }

    #[test]
    fn the_defaults_of_the_keys_are_those_of_the_limits() {
        let other = Limits {
            timeout: Default::default(),
            cpu_time: Default::default(),
            memory: 0,
            table_elements: 0,
            instances: 0,
            handles: 0,
            call_bytes: 0,
            random_bytes: 0,
            header_bytes: 0,
            disk: 0,
            files: 0,
            open_files: 0,
            processes: 0,
            log: 0,
            log_line: 0,
            log_rate: 0,
            artifacts: 0,
            artifact_size: 0,
            artifacts_size: 0,
            artifact_name: 0,
            http_requests: 0,
            http_concurrency: 0,
            http_timeout: Default::default(),
            http_request_size: 0,
            http_response_size: 0,
            http_bytes: 0,
        };
        assert_eq!(read_limits(&mut Defaulting, &other, None), Limits::default());
    }
}
