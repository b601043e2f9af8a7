//! Each value with where it came from.

use std::fmt;

use crate::{Origin, key::is_secret};

/// A value that counts, as `rbit check --effective` lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveValue {
    /// The section, without brackets.
    pub section: String,
    /// The key.
    pub key: String,
    /// The value on one line, or `******` where it is a secret.
    pub value: String,
    /// Who set it.
    pub origin: Origin,
}

impl EffectiveValue {
    /// A value that counts; whether it is a secret follows from the key.
    pub(crate) fn new(section: &str, key: &str, value: &str, origin: Origin) -> Self {
        let value = if is_secret(key) {
            HIDDEN.to_owned()
        } else {
            on_one_line(value)
        };
        Self {
            section: section.to_owned(),
            key: key.to_owned(),
            value,
            origin,
        }
    }
}

impl fmt::Display for EffectiveValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {} = {}  ({})", self.section, self.key, self.value, self.origin)
    }
}

fn on_one_line(value: &str) -> String {
    let is_safe = |c: &char| !c.is_control();
    value
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .filter(is_safe)
        .collect()
}

/// Stands for a secret.
const HIDDEN: &str = "******";
