//! What the file says: sections, keys and lines of text, each with its place.

use crate::Origin;

/// Everything that was said, in order, repetitions included.
#[derive(Default)]
pub(crate) struct Raw {
    pub(crate) sections: Vec<RawSection>,
}

/// One section.
pub(crate) struct RawSection {
    /// What stands between the brackets.
    pub(crate) name: String,
    /// Where the brackets stand.
    pub(crate) origin: Origin,
    pub(crate) entries: Vec<RawEntry>,
}

/// One key with its value.
#[derive(Clone)]
pub(crate) struct RawEntry {
    /// The key in lower case.
    pub(crate) key: String,
    /// Where the key stands.
    pub(crate) origin: Origin,
    /// The lines of the value; never empty, though the first line often is.
    pub(crate) lines: Vec<RawLine>,
}

/// One line of a value: of the file, without white space at both ends.
#[derive(Clone)]
pub(crate) struct RawLine {
    pub(crate) text: String,
    pub(crate) origin: Origin,
}

impl Raw {
    /// The section of this name that comes first.
    pub(crate) fn section(&self, name: &str) -> Option<&RawSection> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// The names, without their prefix, of the sections `[PREFIX:NAME]`, each once.
    pub(crate) fn names_of(&self, prefix: &str) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for section in &self.sections {
            if let Some((before, name)) = section.name.split_once(':')
                && before == prefix
                && !names.iter().any(|known| known == name)
            {
                names.push(name.to_owned());
            }
        }
        names
    }

    /// What a section says about a key; `[DEFAULT]` speaks for every section that is silent.
    pub(crate) fn entry(&self, section: &str, key: &str) -> Option<&RawEntry> {
        self.own_entry(section, key)
            .or_else(|| self.own_entry(DEFAULT_SECTION, key))
    }

    /// What a section itself says about a key. Of a key that is there twice, the last.
    pub(crate) fn own_entry(&self, section: &str, key: &str) -> Option<&RawEntry> {
        self.entries_of(section).rfind(|entry| entry.key == key)
    }

    /// What a section says about a key and what does not count, because the same is said once more below.
    pub(crate) fn hidden_entries(&self, section: &str, key: &str) -> Vec<&RawEntry> {
        let mut entries: Vec<_> = self.entries_of(section).filter(|entry| entry.key == key).collect();
        let counting = entries.pop();
        // Of a variable or flag, which is put in place of each.
        entries.retain(|entry| counting.is_some_and(|counting| entry.origin != counting.origin));
        entries
    }

    /// All that a section says, defaults included, in the order of the file, each key once.
    pub(crate) fn all_entries(&self, section: &str) -> Vec<&RawEntry> {
        let mut entries: Vec<&RawEntry> = Vec::new();
        for entry in self.entries_of(section).chain(self.entries_of(DEFAULT_SECTION)) {
            if !entries.iter().any(|known| known.key == entry.key) {
                entries.push(entry);
            }
        }
        entries
    }

    /// Says something in place of what the file says. The value is one line, whatever it holds: nothing in it is a comment.
    pub(crate) fn set(&mut self, section: &str, key: &str, value: &str, origin: &Origin) {
        let line = RawLine {
            text: value.to_owned(),
            origin: origin.clone(),
        };
        let entry = RawEntry {
            key: key.to_owned(),
            origin: origin.clone(),
            lines: vec![line],
        };
        if !self.sections.iter().any(|known| known.name == section) {
            let section = RawSection {
                name: section.to_owned(),
                origin: origin.clone(),
                entries: Vec::new(),
            };
            self.sections.push(section);
        }
        for known in self.sections.iter_mut().filter(|known| known.name == section) {
            match known.entries.iter_mut().rfind(|known| known.key == entry.key) {
                Some(place) => *place = entry.clone(),
                None => known.entries.push(entry.clone()),
            }
        }
    }

    fn entries_of(&self, section: &str) -> impl DoubleEndedIterator<Item = &RawEntry> {
        self.sections
            .iter()
            .filter(move |known| known.name == section)
            .flat_map(|known| &known.entries)
    }
}

impl RawEntry {
    /// The value as the guest of a runner gets it: lines joined, without the empty one that an indented list begins with.
    pub(crate) fn as_written(&self) -> String {
        let lines: Vec<_> = self.lines.iter().map(|line| line.text.as_str()).collect();
        lines.join("\n").trim_matches('\n').to_owned()
    }

    /// The lines that say something: neither empty nor, below the first, a comment.
    pub(crate) fn spoken_lines(&self) -> impl Iterator<Item = &RawLine> {
        let is_comment = |line: &RawLine| line.text.starts_with(COMMENT_MARKS);
        let spoken =
            move |(index, line): &(usize, &RawLine)| !line.text.is_empty() && (*index == 0 || !is_comment(line));
        self.lines.iter().enumerate().filter(spoken).map(|(_, line)| line)
    }

    /// The words of a list, up to a comment on each line, without the commas that may follow them.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().flat_map(|line| words_of(&line.text))
    }
}

/// The words of one line of a list.
pub(crate) fn words_of(line: &str) -> impl Iterator<Item = &str> {
    line.split_whitespace()
        .take_while(|word| !word.starts_with(COMMENT_MARKS))
        .map(|word| word.trim_end_matches(','))
        .filter(|word| !word.is_empty())
}

/// The section whose keys count in every section.
pub(crate) const DEFAULT_SECTION: &str = "DEFAULT";

/// What a comment begins with.
pub(crate) const COMMENT_MARKS: [char; 2] = ['#', ';'];
