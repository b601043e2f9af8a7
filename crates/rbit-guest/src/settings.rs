//! What the operator configured for a runner.

use std::slice;

use crate::Error;

/// The keys and values of the runner's section in the INI file, in its order and as written there.
///
/// Values that are folders arrive as guest paths: `output-dir` as `/output`, mounts as `/mnt/<setting>`.
///
/// ```
/// use rbit_guest::{Error, Settings};
///
/// let settings: Settings = [("name", "World"), ("paper", "a4")].into_iter().collect();
/// assert_eq!(settings.get("paper").unwrap_or("letter"), "a4");
/// assert_eq!(settings.require("title"), Err(Error::failed("a `title` was not configured")));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings(Vec<(String, String)>);

impl Settings {
    /// The value of a key; the first, should it be there twice.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// The value of a key without which the runner cannot work; a job fails if it is missing.
    pub fn require(&self, key: &str) -> Result<&str, Error> {
        self.get(key)
            .ok_or_else(|| Error::failed(format!("a `{key}` was not configured")))
    }

    /// All keys and values, in the order of the file.
    pub fn iter(&self) -> Iter<'_> {
        Iter(self.0.iter())
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Settings {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        )
    }
}

impl<'a> IntoIterator for &'a Settings {
    type Item = (&'a str, &'a str);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// The keys and values of [`Settings`].
#[derive(Clone, Debug)]
pub struct Iter<'a>(slice::Iter<'a, (String, String)>);

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for Iter<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        [
            ("runner", "wasm!pdf.wasm"),
            ("empty", ""),
            ("b", " as written "),
            ("a", "1"),
            ("a", "2"),
        ]
        .into_iter()
        .collect()
    }

    #[test]
    fn a_value_is_found_by_its_exact_key() {
        assert_eq!(settings().get("b"), Some(" as written "));
        assert_eq!(settings().get("B"), None);
        assert_eq!(settings().get("a"), Some("1"));
    }

    #[test]
    fn an_empty_value_is_configured_and_a_missing_one_fails() {
        assert_eq!(settings().require("empty"), Ok(""));
        assert_eq!(
            settings().require("name"),
            Err(Error::Failed("a `name` was not configured".into()))
        );
    }

    #[test]
    fn keys_come_in_the_order_of_the_file() {
        let settings = settings();
        let keys: Vec<_> = (&settings).into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["runner", "empty", "b", "a", "a"]);
        assert_eq!(settings.iter().len(), 5);
    }
}
