//! What `python!` needs besides its two names: a component that runs Python, and folders with modules.

use std::path::{Path, PathBuf};

use rbit_job::{Mount, Processor, PythonCall, RunnerName, python_call::module_mount};

use crate::{
    Origin,
    keys::runner::{PYTHON_PATH, RUNNER},
    problem::{Wrong, shown},
    reader::{Reader, SectionReader},
    value::path::from_folder,
};

/// Adds what the runner's line does not say. The error says why there is no Python here.
pub(super) fn complete(
    call: &mut PythonCall,
    section: &SectionReader<'_, '_>,
    component: Option<&Path>,
) -> Result<(), String> {
    call.sees_sources_only = section.origin_of(&PYTHON_PATH).is_none();
    call.component = section.reader.surroundings.world.python_component(component)?;
    Ok(())
}

/// The folders of the module path, as mounts; none for runners in other languages.
pub(super) fn module_mounts(
    reader: &mut Reader<'_>,
    runner: &RunnerName,
    processor: Option<&Processor>,
    is_mapped: bool,
) -> Vec<Mount> {
    let Some(Processor::Python(call)) = processor else {
        return Vec::new();
    };
    let mut section = reader.section(&format!("runner:{runner}"));
    let folders = folders(&mut section);
    if is_mapped {
        check(&mut section, &folders, call);
    }
    let folders = folders.into_iter().map(|(folder, _)| folder).enumerate();
    folders.map(|(number, folder)| module_mount(number, folder)).collect()
}

/// The folders, with where each is named. Without any, the folder of the file.
fn folders(section: &mut SectionReader<'_, '_>) -> Vec<(PathBuf, Option<Origin>)> {
    let own = section.reader.folder;
    if section.origin_of(&PYTHON_PATH).is_none() {
        let own = match own.as_os_str().is_empty() {
            true => Path::new("."),
            false => own,
        };
        section.note_effective(PYTHON_PATH.name, &own.to_string_lossy(), Origin::Default);
        return vec![(own.to_owned(), None)];
    }
    let named = section.list(&PYTHON_PATH);
    named
        .into_iter()
        .map(|(path, origin)| (from_folder(own, &path), Some(origin)))
        .collect()
}

/// Reports folders that are not there; and, if all are, a module or callable that is not.
fn check(section: &mut SectionReader<'_, '_>, folders: &[(PathBuf, Option<Origin>)], call: &PythonCall) {
    let world = section.reader.surroundings.world;
    let mut has_all = true;
    for (folder, origin) in folders {
        if let Some(origin) = origin
            && !world.is_folder(folder)
        {
            let what = format!("{} is no folder", shown(&folder.to_string_lossy()));
            let wrong = Wrong::new(what, "folders that rbit may read, separated by spaces or new lines");
            section.problem(PYTHON_PATH.name, origin, wrong);
            has_all = false;
        }
    }
    let folders: Vec<_> = folders.iter().map(|(folder, _)| folder.clone()).collect();
    if has_all
        && let Err(why) = world.python_callable(&folders, &call.module, &call.callable)
        && let Some(origin) = section.origin_of(&RUNNER)
    {
        let what = format!("{} cannot be used: {why}", shown(&format!("python!{call}")));
        let expected = "a module in the folders of `python-path`, with this callable";
        section.problem(RUNNER.name, &origin, Wrong::new(what, expected));
    }
}
