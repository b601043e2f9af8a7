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

impl EffectiveValue {
    /// A value that is never shown.
    pub(crate) fn hidden(section: &str, key: &str, origin: Origin) -> Self {
        Self {
            section: section.to_owned(),
            key: key.to_owned(),
            value: HIDDEN.to_owned(),
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
    let words: Vec<_> = value.split_whitespace().map(without_login).collect();
    words.join(" ").chars().filter(|c| !c.is_control()).collect()
}

/// A word, without the user and password that it holds if it is a URL.
fn without_login(word: &str) -> String {
    let hidden = word.split_once("://").and_then(|(scheme, rest)| {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end)?;
        let (_, host) = authority.rsplit_once('@')?;
        Some(format!("{scheme}://{HIDDEN}@{host}{path}"))
    });
    hidden.unwrap_or_else(|| word.to_owned())
}

/// Stands for a secret.
const HIDDEN: &str = "******";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_doors_is_not_shown() {
        let shown = |key, value| EffectiveValue::new("runner:x", key, value, Origin::Default).value;
        for key in [
            "password",
            "db-passwd",
            "api-key",
            "auth",
            "credentials",
            "access-token",
        ] {
            assert_eq!(shown(key, "sekret"), HIDDEN, "{key}");
        }
        assert_eq!(
            shown("db", "postgres://u:sekret@h/x?a=b@c other"),
            "postgres://******@h/x?a=b@c other"
        );
        assert_eq!(shown("uri", "http://h/a@b"), "http://h/a@b");
        assert_eq!(shown("key-file", "/etc/tls/key.pem"), "/etc/tls/key.pem");
    }
}
