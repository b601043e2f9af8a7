//! Values that the environment or a flag sets in place of the file.

use std::{collections::HashMap, path::Path};

use crate::{
    FlagOverride, MAX_VALUE_FILE, Origin, Problem, Surroundings,
    key::{Form, Section},
    keys::{SECTIONS, kind_of},
    names::{unknown_key, unknown_section},
    problem::{Wrong, shown},
    raw::Raw,
    suggestion::suggest,
    value::path,
};

/// Puts the values of variables, then of flags, in place of those of the file.
pub(crate) fn apply(raw: &mut Raw, folder: &Path, surroundings: &Surroundings<'_>, problems: &mut Vec<Problem>) {
    let mut variables: Vec<_> = surroundings.environment.iter().filter_map(Variable::of).collect();
    variables.sort_by_key(|variable| variable.name);
    let mut seen = HashMap::new();
    for variable in &variables {
        match variable.value(folder, surroundings, &mut seen) {
            Ok((key, value)) => raw.set(variable.section.name, key, &value, &variable.origin()),
            Err(problem) => problems.push(*problem),
        }
    }
    for flag in &surroundings.flags {
        match key_of_flag(flag) {
            Ok(key) => raw.set(&flag.section, &key, &flag.value, &Origin::Flag(flag.flag.clone())),
            Err(problem) => problems.push(*problem),
        }
    }
}

/// `RBIT_<SECTION>_<KEY>` or `RBIT_<SECTION>_<KEY>_FILE`, for a section without a name of its own.
struct Variable<'a> {
    name: &'a str,
    section: &'static Section,
    /// What follows the section.
    rest: &'a str,
    value: &'a str,
}

impl<'a> Variable<'a> {
    /// Variables whose second word is no section belong to somebody else.
    fn of((name, value): &'a (String, String)) -> Option<Self> {
        let (section, rest) = name.strip_prefix("RBIT_")?.split_once('_')?;
        let is_meant = |kind: &&Section| kind.form != Form::Named && kind.name.to_ascii_uppercase() == section;
        let section = SECTIONS.into_iter().find(is_meant)?;
        Some(Self {
            name,
            section,
            rest,
            value,
        })
    }

    /// The key that is set, and to what.
    fn value(
        &self,
        folder: &Path,
        surroundings: &Surroundings<'_>,
        seen: &mut HashMap<(&'static str, &'static str), &'a str>,
    ) -> Result<(&'static str, String), Box<Problem>> {
        let (key, is_file) = self.key()?;
        if let Some(first) = seen.insert((self.section.name, key), self.name) {
            let wrong = Wrong::new(format!("`{first}` sets the same key"), "one of the two variables");
            return Err(self.problem(key, wrong));
        }
        let value = match is_file {
            false => Ok(self.value.to_owned()),
            true => content(folder, self.value, surroundings),
        };
        Ok((key, value.map_err(|wrong| self.problem(key, wrong))?))
    }

    /// The key, and whether the value is the name of a file that holds its value.
    fn key(&self) -> Result<(&'static str, bool), Box<Problem>> {
        let find = |rest: &str| self.section.key_names().find(|key| variable_form(key) == rest);
        let in_file = || self.rest.strip_suffix("_FILE").and_then(find);
        let found = find(self.rest)
            .map(|key| (key, false))
            .or_else(|| Some((in_file()?, true)));
        found.ok_or_else(|| {
            let given = self.rest.to_ascii_lowercase().replace('_', "-");
            let meant = suggest(&given, self.section.key_names());
            let meant = meant.map(|key| {
                format!("RBIT_{}_{}", self.section.name, key)
                    .to_ascii_uppercase()
                    .replace('-', "_")
            });
            self.problem(&given, unknown_key(self.section, &given, meant.as_deref()))
        })
    }

    fn origin(&self) -> Origin {
        Origin::Environment(self.name.to_owned())
    }

    fn problem(&self, key: &str, wrong: Wrong) -> Box<Problem> {
        Box::new(Problem::of_key(self.origin(), self.section.name, key, wrong))
    }
}

/// A key as it stands in the name of a variable.
fn variable_form(key: &str) -> String {
    key.to_ascii_uppercase().replace('-', "_")
}

/// The text of a file without the line end that editors leave at its end.
pub(crate) fn content(folder: &Path, file: &str, surroundings: &Surroundings<'_>) -> Result<String, Wrong> {
    let expected = "the name of a readable text file";
    let file = path::from_folder(folder, file);
    let wrong = |why: String| {
        Wrong::new(
            format!("{} cannot be read: {why}", shown(&file.to_string_lossy())),
            expected,
        )
    };
    let text = surroundings
        .world
        .read_file(&file)
        .map_err(|error| wrong(error.to_string()))?;
    if text.len() as u64 > MAX_VALUE_FILE {
        return Err(wrong(format!("it has more than {MAX_VALUE_FILE} bytes")));
    }
    let line = text
        .strip_suffix('\n')
        .map(|text| text.strip_suffix('\r').unwrap_or(text));
    Ok(line.unwrap_or(&text).to_owned())
}

fn key_of_flag(flag: &FlagOverride) -> Result<String, Box<Problem>> {
    let key = flag.key.to_ascii_lowercase();
    let origin = Origin::Flag(flag.flag.clone());
    let Some(kind) = kind_of(&flag.section) else {
        let wrong = unknown_section(&flag.section);
        return Err(Box::new(Problem::of_section(origin, &flag.section, wrong)));
    };
    match kind.key(&key) {
        Some(known) => Ok(known.name.to_owned()),
        None if kind.is_open => Ok(key),
        None => {
            let wrong = unknown_key(kind, &key, suggest(&key, kind.key_names()));
            Err(Box::new(Problem::of_key(origin, &flag.section, &key, wrong)))
        }
    }
}
