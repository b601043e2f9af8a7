//! Reads typed values out of [`Raw`], and keeps account of what was wrong and of where each value came from.

use std::{path::Path, sync::Arc};

use crate::{
    EffectiveValue, Origin, Problem, Surroundings,
    check::Findings,
    key::Key,
    problem::{Wrong, shown},
    raw::{Raw, RawEntry, words_of},
};

/// A configuration that is being resolved.
pub(crate) struct Reader<'a> {
    pub(crate) raw: Raw,
    /// Where relative paths begin.
    pub(crate) folder: &'a Path,
    pub(crate) surroundings: &'a Surroundings<'a>,
    pub(crate) findings: Findings,
    pub(crate) effective: Vec<EffectiveValue>,
    file: Arc<Path>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(
        raw: Raw,
        file: Arc<Path>,
        folder: &'a Path,
        surroundings: &'a Surroundings<'a>,
        findings: Findings,
    ) -> Self {
        Self {
            raw,
            folder,
            surroundings,
            findings,
            effective: Vec::new(),
            file,
        }
    }

    /// Reads from a section, whether it is there or not.
    pub(crate) fn section<'r>(&'r mut self, name: &str) -> SectionReader<'r, 'a> {
        let origin = self.raw.section(name).map(|section| section.origin.clone());
        let origin = origin.unwrap_or_else(|| self.start());
        SectionReader {
            reader: self,
            name: name.to_owned(),
            origin,
        }
    }

    /// The first line: the place of what is missing in the whole file.
    pub(crate) fn start(&self) -> Origin {
        Origin::File {
            path: self.file.clone(),
            line: 1,
        }
    }

    /// Reports a mistake.
    pub(crate) fn problem(&mut self, origin: &Origin, section: &str, key: &str, wrong: Wrong) {
        self.findings
            .problems
            .push(Problem::of_key(origin.clone(), section, key, wrong));
    }
}

/// One section of a configuration that is being resolved.
pub(crate) struct SectionReader<'r, 'a> {
    pub(crate) reader: &'r mut Reader<'a>,
    pub(crate) name: String,
    /// Where the section stands; the first line if it is not there.
    pub(crate) origin: Origin,
}

/// A default that depends on the box or on other values.
pub(crate) struct Derived<T> {
    pub(crate) value: T,
    /// The value as the file would have it.
    pub(crate) shown: String,
    pub(crate) origin: Origin,
}

impl SectionReader<'_, '_> {
    /// The value of a key, else its default; a key without default has to be there.
    pub(crate) fn read<T>(&mut self, key: &Key<T>) -> Option<T> {
        self.check_hidden(key);
        match (self.entry(key.name), key.default) {
            (Some(entry), _) => self.parse(key, &entry),
            (None, Some(default)) => {
                self.note_effective(key.name, default, Origin::Default);
                (key.parse)(default)
                    .map_err(|wrong| self.problem(key.name, &Origin::Default, wrong))
                    .ok()
            }
            (None, None) => {
                self.missing(key.name, None);
                None
            }
        }
    }

    /// The value of a key, else what follows from other values.
    pub(crate) fn read_or<T>(&mut self, key: &Key<T>, default: impl FnOnce() -> Derived<T>) -> Option<T> {
        self.check_hidden(key);
        match self.entry(key.name) {
            Some(entry) => self.parse(key, &entry),
            None => {
                let default = default();
                self.note_effective(key.name, &default.shown, default.origin);
                Some(default.value)
            }
        }
    }

    /// The value of a key, if it is there.
    pub(crate) fn find<T>(&mut self, key: &Key<T>) -> Option<T> {
        self.check_hidden(key);
        let entry = self.entry(key.name)?;
        self.parse(key, &entry)
    }

    /// The value of a key, if this section itself has it.
    pub(crate) fn find_own<T>(&mut self, key: &Key<T>) -> Option<T> {
        self.check_hidden(key);
        let entry = self.reader.raw.own_entry(&self.name, key.name).cloned()?;
        self.parse(key, &entry)
    }

    /// The words of a list that can be read, else those of its default. Of each line only the first mistake is reported.
    pub(crate) fn list<T>(&mut self, key: &Key<T>) -> Vec<(T, Origin)> {
        for hidden in self.hidden(key.name) {
            self.items(key, &hidden);
        }
        let Some(entry) = self.entry(key.name) else {
            let default = key.default.unwrap_or_default();
            if !default.is_empty() {
                self.note_effective(key.name, default, Origin::Default);
            }
            return words_of(default)
                .filter_map(|word| Some(((key.parse)(word).ok()?, Origin::Default)))
                .collect();
        };
        let words: Vec<_> = entry.words().collect();
        self.note_effective(key.name, &words.join(" "), entry.origin.clone());
        self.items(key, &entry)
    }

    fn items<T>(&mut self, key: &Key<T>, entry: &RawEntry) -> Vec<(T, Origin)> {
        let mut items = Vec::new();
        for line in &entry.lines {
            let (parsed, wrong): (Vec<_>, Vec<_>) = words_of(&line.text).map(key.parse).partition(Result::is_ok);
            items.extend(parsed.into_iter().flatten().map(|item| (item, line.origin.clone())));
            if let Some(wrong) = wrong.into_iter().find_map(Result::err) {
                self.problem(key.name, &line.origin, wrong);
            }
        }
        items
    }

    /// Where a key is set, if it is.
    pub(crate) fn origin_of<T>(&self, key: &Key<T>) -> Option<Origin> {
        self.entry(key.name).map(|entry| entry.origin)
    }

    /// How many words a list has, if it is set.
    pub(crate) fn count<T>(&self, key: &Key<T>) -> Option<usize> {
        self.entry(key.name).map(|entry| entry.words().count())
    }

    /// Reports that a key has to be there.
    pub(crate) fn missing(&mut self, key: &str, help: Option<String>) {
        let wrong = Wrong::new("the key is missing", format!("`{key} = …` in the section")).or_help(help);
        let origin = self.origin.clone();
        self.problem(key, &origin, wrong);
    }

    /// Reports a mistake in a key.
    pub(crate) fn problem(&mut self, key: &str, origin: &Origin, wrong: Wrong) {
        let section = self.name.clone();
        self.reader.problem(origin, &section, key, wrong);
    }

    /// Adds a value to those that count.
    pub(crate) fn note_effective(&mut self, key: &str, value: &str, origin: Origin) {
        self.reader
            .effective
            .push(EffectiveValue::new(&self.name, key, value, origin));
    }

    fn entry(&self, key: &str) -> Option<RawEntry> {
        self.reader.raw.entry(&self.name, key).cloned()
    }

    fn hidden(&self, key: &str) -> Vec<RawEntry> {
        let hidden = self.reader.raw.hidden_entries(&self.name, key);
        hidden.into_iter().cloned().collect()
    }

    /// Reports what is wrong with values of a key that is there several times. Which of them will be left, nobody knows.
    fn check_hidden<T>(&mut self, key: &Key<T>) {
        for entry in self.hidden(key.name) {
            if let Err(wrong) = parsed(key, &entry) {
                self.problem(key.name, &entry.origin, wrong);
            }
        }
    }

    fn parse<T>(&mut self, key: &Key<T>, entry: &RawEntry) -> Option<T> {
        if let Ok(text) = one_line(entry) {
            self.note_effective(key.name, text, entry.origin.clone());
        }
        parsed(key, entry)
            .map_err(|wrong| self.problem(key.name, &entry.origin, wrong))
            .ok()
    }
}

fn parsed<T>(key: &Key<T>, entry: &RawEntry) -> Result<T, Wrong> {
    let text = one_line(entry)?;
    (key.parse)(text).map_err(|wrong| wrong.or_help(help_with_comment(text)))
}

/// The text of a value that is no list.
fn one_line(entry: &RawEntry) -> Result<&str, Wrong> {
    let mut lines = entry.spoken_lines();
    let first = lines.next().map(|line| line.text.as_str()).unwrap_or_default();
    match lines.next() {
        None => Ok(first),
        Some(_) => Err(Wrong::new("the value goes on over several lines", "one line")
            .help("an indented line belongs to the value above it; keys stand at the start of their line")),
    }
}

fn help_with_comment(text: &str) -> Option<String> {
    let (before, _) = text.split_once(" #")?;
    let before = shown(before.trim_end());
    Some(format!(
        "a comment behind a value begins with ` ;`, not with `#`; the value would be {before}"
    ))
}
