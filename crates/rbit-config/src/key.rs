//! What a key is, for the code that reads it and for the lists that name it.

use crate::problem::Wrong;

/// A key of a fixed section: its name, its type, and what it is when nobody sets it.
pub(crate) struct Key<T> {
    pub(crate) name: &'static str,
    pub(crate) old_name: Option<&'static str>,
    /// A default that is the same on every box, as it would stand in the file.
    pub(crate) default: Option<&'static str>,
    /// Reads a value; of a list, one word.
    pub(crate) parse: fn(&str) -> Result<T, Wrong>,
}

impl<T> Key<T> {
    /// A key without default.
    pub(crate) const fn new(name: &'static str, parse: fn(&str) -> Result<T, Wrong>) -> Self {
        Self {
            name,
            old_name: None,
            default: None,
            parse,
        }
    }

    /// Gives it a default.
    pub(crate) const fn or(self, default: &'static str) -> Self {
        Self {
            default: Some(default),
            ..self
        }
    }

    /// Gives it a second name, under which old files know it.
    pub(crate) const fn once(self, old_name: &'static str) -> Self {
        Self {
            old_name: Some(old_name),
            ..self
        }
    }

    /// The key without its type.
    pub(crate) const fn listed(&self) -> ListedKey {
        ListedKey {
            name: self.name,
            old_name: self.old_name,
            default: self.default,
        }
    }
}

/// A key as [`Section::keys`] lists it.
pub(crate) struct ListedKey {
    pub(crate) name: &'static str,
    pub(crate) old_name: Option<&'static str>,
    #[cfg_attr(not(test), expect(dead_code, reason = "the example file is held against it"))]
    pub(crate) default: Option<&'static str>,
}

/// A kind of section.
pub(crate) struct Section {
    /// Its name, or what stands before the colon of its name.
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    pub(crate) keys: &'static [ListedKey],
    /// Whether keys that are not listed belong to somebody else.
    pub(crate) is_open: bool,
}

/// How the header of a section may be written.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Form {
    /// `[name]`
    Plain,
    /// `[name:NAME]`
    Named,
    /// Both; the plain one speaks for all.
    Either,
}

impl Section {
    /// Whether this is a section's kind.
    pub(crate) fn is_kind_of(&self, section: &str) -> bool {
        match section.split_once(':') {
            Some((before, _)) => before == self.name && self.form != Form::Plain,
            None => section == self.name && self.form != Form::Named,
        }
    }

    /// The listed key of this name, old or new.
    pub(crate) fn key(&self, name: &str) -> Option<&'static ListedKey> {
        self.keys
            .iter()
            .find(|key| key.name == name || key.old_name == Some(name))
    }

    /// The names of its keys.
    pub(crate) fn key_names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|key| key.name)
    }
}

/// Whether a value is hidden wherever values are shown: one whose key speaks of what opens doors.
pub(crate) fn is_secret(key: &str) -> bool {
    let is_path = key.ends_with("-file") || key.ends_with("-dir");
    !is_path && SECRET_WORDS.iter().any(|word| key.contains(word))
}

/// Parts of names that people give to secrets. A word too many hides a harmless value, one too few shows a password.
const SECRET_WORDS: [&str; 9] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "key",
    "auth",
    "cred",
];
