//! `[runner:NAME]`.

use std::path::{Path, PathBuf};

use rbit_job::{
    Processor, Runner, RunnerName,
    template::{PathTemplate, default_output_dir},
};

use super::{
    general::{General, Mapping, check_writable},
    http, mounts, python,
    sandbox::{self, Defaults},
    secrets,
};
use crate::{
    EffectiveValue, Origin, Problem,
    keys::runner::{COMMAND_PATH, OUTPUT_DIR, PYTHON_PATH, RUNNER},
    problem::{Wrong, shown},
    raw::RawEntry,
    reader::{Reader, SectionReader},
    suggestion::suggest,
    value::{path::from_folder, processor},
};

/// The runners, in the order of the file. What they need of the box is asked for only where a queue is mapped to them.
pub(super) fn resolve(reader: &mut Reader<'_>, mappings: &[Mapping], general: Option<&General>) -> Vec<Runner> {
    let names = reader.raw.names_of("runner");
    let defaults = sandbox::defaults(reader);
    sandbox::report_strangers(reader, &names);
    mounts::report_strangers(reader, &names, &defaults);
    let state_dir = general.map(|general| general.state_dir.clone()).unwrap_or_default();
    let allowed = Allowed::by(general);
    let mut runners = Vec::new();
    // A section that lacks its name was reported as such.
    if reader.raw.section(NAMELESS).is_some() {
        processor(&mut reader.section(NAMELESS), false, &allowed);
    }
    for name in names {
        let is_mapped = mappings.iter().any(|mapping| mapping.runner.as_str() == name);
        match RunnerName::new(name.clone()) {
            Ok(name) => runners.extend(runner(reader, name, is_mapped, (&state_dir, &allowed), &defaults)),
            Err(error) => report_name(reader, &name, &error.to_string()),
        }
    }
    runners
}

fn runner(
    reader: &mut Reader<'_>,
    name: RunnerName,
    is_mapped: bool,
    (state_dir, allowed): (&Path, &Allowed<'_>),
    defaults: &Defaults,
) -> Option<Runner> {
    let mut section = reader.section(&format!("runner:{name}"));
    if !is_mapped {
        let note = Wrong::note("no queue is mapped to the runner: its files and folders are not checked");
        let note = Problem::of_section(section.origin.clone(), &section.name, note);
        section.reader.findings.notes.push(note);
    }
    let processor = processor(&mut section, is_mapped, allowed);
    let output_dir = output_dir(&mut section, &name, is_mapped, state_dir);
    let secrets = secrets::names(reader, &name, defaults);
    let settings = settings(reader, &name, is_mapped, &secrets);
    let mut mounts = mounts::resolve(reader, &name, is_mapped, defaults);
    mounts.extend(python::module_mounts(reader, &name, processor.as_ref(), is_mapped));
    secrets::report_mounted(reader, &name, &secrets, &mounts);
    let limits = sandbox::limits(reader, &name, defaults);
    let chance = sandbox::chance(reader, &name, defaults);
    let http = http::resolve(reader, &name, &defaults.http);
    Some(Runner {
        processor: processor?,
        output_dir,
        settings: settings?,
        secrets,
        mounts,
        limits,
        http,
        chance,
        name,
    })
}

/// What `[rbit]` says about processors.
struct Allowed<'a> {
    python_component: Option<&'a Path>,
    /// Whether `native!` is; so it counts, too, where that could not be read and was reported.
    native: bool,
}

impl<'a> Allowed<'a> {
    fn by(general: Option<&'a General>) -> Self {
        Self {
            python_component: general.and_then(|general| general.python_component.as_deref()),
            native: general.is_none_or(|general| general.native.unwrap_or(true)),
        }
    }
}

fn processor(section: &mut SectionReader<'_, '_>, is_mapped: bool, allowed: &Allowed<'_>) -> Option<Processor> {
    let Some(origin) = section.origin_of(&RUNNER) else {
        let raw = &section.reader.raw;
        let keys: Vec<_> = raw
            .all_entries(&section.name)
            .into_iter()
            .map(|entry| entry.key.clone())
            .collect();
        let near = keys.iter().find(|key| suggest(key, [RUNNER.name]).is_some());
        let help = near.map(|near| format!("is `{near}` meant to be `{}`?", RUNNER.name));
        section.missing(RUNNER.name, help);
        return None;
    };
    let command_path = command_path(section);
    let line = section.find(&RUNNER)?;
    let mut processor = match processor::parse(&line, section.reader.folder, command_path.as_deref()) {
        Ok(processor) => processor,
        Err(wrong) => {
            section.problem(RUNNER.name, &origin, wrong);
            return None;
        }
    };
    if matches!(processor, Processor::Native(_)) && !allowed.native {
        section.problem(RUNNER.name, &origin, not_allowed(&processor));
        return Some(processor);
    }
    let world = section.reader.surroundings.world;
    let found = match &mut processor {
        Processor::Python(call) => python::complete(call, section, allowed.python_component),
        _ => Ok(()),
    };
    if is_mapped && let Err(why) = found.and_then(|()| world.runner(&processor)) {
        let what = format!("{} cannot be used: {why}", shown(&processor.to_string()));
        section.problem(RUNNER.name, &origin, Wrong::new(what, expected(&processor)));
    }
    Some(processor)
}

/// The folders in which the command of `shell!` or `native!` is looked for, if the section says so.
fn command_path(section: &mut SectionReader<'_, '_>) -> Option<Vec<PathBuf>> {
    let folder = section.reader.folder;
    section.origin_of(&COMMAND_PATH)?;
    let folders = section.list(&COMMAND_PATH);
    Some(folders.iter().map(|(path, _)| from_folder(folder, path)).collect())
}

/// A program of the machine, of which nobody said that it may be one.
fn not_allowed(processor: &Processor) -> Wrong {
    let what = format!(
        "{} is a program of this machine, and `native` in [rbit] is `no`",
        shown(&processor.to_string())
    );
    let help = "`native = yes` in [rbit] allows such programs, which run under bubblewrap instead of in WebAssembly: \
        docs/native.md says what that means";
    Wrong::new(what, "`wasm!`, `python!` or `shell!`").or_help(Some(help.to_owned()))
}

fn expected(processor: &Processor) -> &'static str {
    match processor {
        Processor::Wasm { .. } => "a WebAssembly component that exports `run` of `rbit:runner`",
        Processor::Python { .. } => "a module with this callable, and a Python to run it",
        Processor::Native(_) => "a program of this machine, and bubblewrap to run it under",
        Processor::Shell(_) => "a WASI command: a program with `_start`, or a component that exports `wasi:cli/run`",
    }
}

fn output_dir(
    section: &mut SectionReader<'_, '_>,
    name: &RunnerName,
    is_mapped: bool,
    state_dir: &Path,
) -> PathTemplate {
    let Some(path) = section.find(&OUTPUT_DIR) else {
        let template = default_output_dir(state_dir, name);
        section.note_effective(OUTPUT_DIR.name, template.as_str(), Origin::Default);
        return template;
    };
    let template = PathTemplate::new(from_folder(section.reader.folder, &path).to_string_lossy());
    if is_mapped {
        check_writable(section, &OUTPUT_DIR, template.fixed_part());
    }
    template
}

/// What the guest is told: everything, as it is written, but for secrets that lie elsewhere. None if one of these cannot be had.
fn settings(
    reader: &mut Reader<'_>,
    runner: &RunnerName,
    is_mapped: bool,
    secrets: &[String],
) -> Option<Vec<(String, String)>> {
    let section = format!("runner:{runner}");
    let entries: Vec<_> = reader.raw.all_entries(&section).into_iter().cloned().collect();
    let wants_values = is_mapped && reader.surroundings.world.runs_guests();
    let mut settings = Some(Vec::new());
    for entry in entries {
        let is_secret = secrets.contains(&entry.key);
        let value = match is_secret && wants_values {
            true => secrets::value(reader, &section, &entry),
            false => Some(entry.as_written()),
        };
        note_effective(reader, &section, &entry, is_secret);
        settings = settings.zip(value).map(|(mut settings, value)| {
            settings.push((entry.key.clone(), value));
            settings
        });
    }
    settings
}

fn note_effective(reader: &mut Reader<'_>, section: &str, entry: &RawEntry, is_secret: bool) {
    if [RUNNER, OUTPUT_DIR, COMMAND_PATH, PYTHON_PATH]
        .map(|key| key.name)
        .contains(&entry.key.as_str())
    {
        return;
    }
    let value = match is_secret {
        true => EffectiveValue::hidden(section, &entry.key, entry.origin.clone()),
        false => EffectiveValue::new(section, &entry.key, &entry.as_written(), entry.origin.clone()),
    };
    reader.effective.push(value);
}

fn report_name(reader: &mut Reader<'_>, name: &str, error: &str) {
    let section = format!("runner:{name}");
    let origin = reader.section(&section).origin;
    let wrong = Wrong::note(error);
    reader
        .findings
        .problems
        .push(Problem::of_section(origin, &section, wrong));
    // Once its name is right, the values count.
    processor(&mut reader.section(&section), false, &Allowed::by(None));
}

const NAMELESS: &str = "runner";
