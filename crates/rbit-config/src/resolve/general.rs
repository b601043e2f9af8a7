//! `[rbit]`.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::Duration,
};

use rbit_job::{BoxName, QueueName, RunnerName};

use crate::{
    GuestSettings, Origin, Problem, ScratchTmpfs,
    key::Key,
    keys::general::{
        COMPILE_MEMORY, COMPILE_TIME, COMPONENT_CACHE, COMPONENT_SIZE, DRAIN_TIMEOUT, GUEST_MEMORY, GUEST_STACK,
        HTTP_CA, ISOLATION, MAX_SLOTS, NAME, NATIVE, ON_BROKEN_COMPONENT, OnBroken, PYTHON_COMPONENT, PYTHON_READY,
        QUEUE_MAPPINGS, SCRATCH_DIR, SCRATCH_TMPFS, SLOTS, STATE_DIR,
    },
    problem::{Wrong, shown},
    reader::{Derived, Reader, SectionReader},
    suggestion::suggest,
    value::path::from_folder,
};

/// What `[rbit]` says, as far as it could be read.
pub(super) struct General {
    pub(super) name: Option<BoxName>,
    pub(super) slots: Option<u32>,
    pub(super) state_dir: PathBuf,
    pub(super) scratch_dir: PathBuf,
    pub(super) scratch_tmpfs: Option<ScratchTmpfs>,
    pub(super) drain_timeout: Option<Duration>,
    pub(super) guests: Option<GuestSettings>,
    pub(super) http_ca: Vec<PathBuf>,
    /// What runs `python!`, if that is said.
    pub(super) python_component: Option<PathBuf>,
    /// Whether runners may be programs of the machine; none if that could not be read.
    pub(super) native: Option<bool>,
}

/// Which runner serves which queue.
pub(super) struct Mapping {
    pub(super) queue: QueueName,
    pub(super) runner: RunnerName,
}

/// Reads all of the section but the mappings.
pub(super) fn resolve(reader: &mut Reader<'_>) -> Option<General> {
    if reader.raw.section(SECTION).is_none() {
        let wrong = Wrong::new("the section is missing", "`[rbit]` with `queue-mappings`");
        let problem = Problem::of_section(reader.start(), SECTION, wrong);
        reader.findings.problems.push(problem);
        return None;
    }
    let mut section = reader.section(SECTION);
    let name = name(&mut section);
    let cpus = section.reader.surroundings.cpus.clamp(1, MAX_SLOTS);
    let slots = section.read_or(&SLOTS, || Derived {
        value: cpus,
        shown: cpus.to_string(),
        origin: Origin::Default,
    });
    let state_dir = state_dir(&mut section);
    let scratch_dir = scratch_dir(&mut section, &state_dir);
    let scratch_tmpfs = section.read(&SCRATCH_TMPFS);
    let drain_timeout = section.read(&DRAIN_TIMEOUT);
    let guests = guests(&mut section);
    let http_ca = section.list(&HTTP_CA);
    let folder = section.reader.folder;
    let http_ca = http_ca.iter().map(|(file, _)| from_folder(folder, file)).collect();
    let python_component = section.find(&PYTHON_COMPONENT);
    let python_component = python_component.map(|file| from_folder(folder, &file));
    let native = section.read(&NATIVE);
    Some(General {
        name,
        slots,
        state_dir,
        scratch_dir,
        scratch_tmpfs,
        drain_timeout,
        guests,
        http_ca,
        python_component,
        native,
    })
}

/// What all guests share. Without knowledge of the machine's memory, as much as they want.
fn guests(section: &mut SectionReader<'_, '_>) -> Option<GuestSettings> {
    let isolation = section.read(&ISOLATION);
    let machine = section.reader.surroundings.memory.unwrap_or(1 << 40);
    let memory = (machine / 4 * 3).clamp(64 << 10, 1 << 40) >> 10 << 10;
    let memory = section.read_or(&GUEST_MEMORY, || Derived {
        value: memory,
        shown: format!("{}KiB", memory >> 10),
        origin: Origin::Default,
    });
    let stack = section.read(&GUEST_STACK);
    let component_size = section.read(&COMPONENT_SIZE);
    let compile_time = section.read(&COMPILE_TIME);
    let compile_memory = section.read(&COMPILE_MEMORY);
    let component_cache = section.read(&COMPONENT_CACHE);
    let on_broken = section.read(&ON_BROKEN_COMPONENT);
    let python_ready = section.read(&PYTHON_READY);
    Some(GuestSettings {
        isolation: isolation?,
        memory: memory?,
        stack: stack?,
        component_size: component_size?,
        compile_time: compile_time?,
        compile_memory: compile_memory?,
        component_cache: component_cache?,
        keeps_last_component: on_broken? == OnBroken::KeepLast,
        python_ready: python_ready?,
    })
}

/// Reads `queue-mappings`: each queue once, each runner with a section.
pub(super) fn mappings(reader: &mut Reader<'_>) -> Vec<Mapping> {
    if reader.raw.section(SECTION).is_none() {
        return Vec::new();
    }
    let runners = reader.raw.names_of("runner");
    let mut section = reader.section(SECTION);
    report_no_mapping(&mut section);
    let mut seen: HashMap<QueueName, Origin> = HashMap::new();
    let mut mappings = Vec::new();
    for (pair, origin) in section.list(&QUEUE_MAPPINGS) {
        if let Some(wrong) = wrong_runner(&pair.runner, &runners) {
            section.problem(QUEUE_MAPPINGS.name, &origin, wrong);
        }
        match seen.get(&pair.queue) {
            Some(first) => section.problem(QUEUE_MAPPINGS.name, &origin, mapped_twice(&pair.queue, first)),
            None => {
                seen.insert(pair.queue.clone(), origin);
                mappings.push(Mapping {
                    queue: pair.queue,
                    runner: pair.runner,
                });
            }
        }
    }
    mappings
}

fn report_no_mapping(section: &mut SectionReader<'_, '_>) {
    let key = QUEUE_MAPPINGS.name;
    match section.origin_of(&QUEUE_MAPPINGS) {
        None => section.missing(key, None),
        Some(origin) if section.count(&QUEUE_MAPPINGS) == Some(0) => {
            let wrong = Wrong::new(
                "no queue is named",
                "pairs `queue:runner`, separated by blanks or new lines",
            );
            section.problem(key, &origin, wrong);
        }
        Some(_) => {}
    }
}

fn mapped_twice(queue: &QueueName, first: &Origin) -> Wrong {
    let what = format!("queue {} is mapped twice", shown(queue.as_str()));
    Wrong::new(what, format!("only the pair at {first}"))
}

fn wrong_runner(runner: &RunnerName, known: &[String]) -> Option<Wrong> {
    let name = runner.as_str();
    let is_known = known.iter().any(|known| known == name);
    (!is_known).then(|| {
        let wrong = Wrong::new(
            format!("no section describes runner {}", shown(name)),
            format!("[runner:{name}]"),
        );
        wrong.did_you_mean(suggest(name, known.iter().map(String::as_str)))
    })
}

/// The name of the machine, unless the file has a name.
fn name(section: &mut SectionReader<'_, '_>) -> Option<BoxName> {
    if section.origin_of(&NAME).is_some() {
        return section.find(&NAME);
    }
    let host_name = section.reader.surroundings.host_name.clone().unwrap_or_default();
    let Ok(name) = BoxName::new(host_name.clone()) else {
        section.missing(
            NAME.name,
            Some(format!("the machine's own name, {}, cannot be used", shown(&host_name))),
        );
        return None;
    };
    section.note_effective(NAME.name, name.as_str(), Origin::Default);
    Some(name)
}

/// By default what systemd made for the service, else a folder beside the INI file.
fn state_dir(section: &mut SectionReader<'_, '_>) -> PathBuf {
    let environment = &section.reader.surroundings.environment;
    let given = environment.iter().find(|(name, _)| name == STATE_DIRECTORY);
    let first = given.and_then(|(_, folders)| folders.split(':').find(|folder| !folder.is_empty()));
    let (default, origin) = match first {
        Some(folder) => (folder, Origin::Environment(STATE_DIRECTORY.to_owned())),
        None => ("rbit-state", Origin::Default),
    };
    let default = from_folder(section.reader.folder, default);
    let folder = folder(section, &STATE_DIR, default, origin);
    check_writable(section, &STATE_DIR, &folder);
    folder
}

/// By default the tmpfs that the program found, else a folder of the state folder, which needs no look of its own.
fn scratch_dir(section: &mut SectionReader<'_, '_>, state_dir: &Path) -> PathBuf {
    let found = section.reader.surroundings.scratch_dir.clone();
    let is_own = found.is_some() || section.origin_of(&SCRATCH_DIR).is_some();
    let default = found.unwrap_or_else(|| state_dir.join("scratch"));
    let folder = folder(section, &SCRATCH_DIR, default, Origin::Default);
    if is_own {
        check_writable(section, &SCRATCH_DIR, &folder);
    }
    folder
}

fn folder(section: &mut SectionReader<'_, '_>, key: &Key<String>, default: PathBuf, origin: Origin) -> PathBuf {
    let shown = default.display().to_string();
    let derived = || Derived {
        value: shown.clone(),
        shown,
        origin,
    };
    let folder = section.read_or(key, derived);
    folder.map_or(default, |folder| from_folder(section.reader.folder, &folder))
}

/// Reports a folder that rbit cannot write in.
pub(super) fn check_writable(section: &mut SectionReader<'_, '_>, key: &Key<String>, folder: &Path) {
    if let Err(why) = section.reader.surroundings.world.writable_folder(folder) {
        let origin = section.origin_of(key).unwrap_or_else(|| section.origin.clone());
        let what = format!("{} cannot be written: {why}", shown(&folder.to_string_lossy()));
        section.problem(key.name, &origin, Wrong::new(what, "a folder that rbit may write"));
    }
}

const SECTION: &str = "rbit";

/// The variable by which systemd names the folder of `StateDirectory=`, or several, separated by colons.
const STATE_DIRECTORY: &str = "STATE_DIRECTORY";
