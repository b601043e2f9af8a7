//! Delivered files.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Mismatch, ReadFile, difference::difference, text};
use crate::{case::ExpectedFile, observed::Delivered};

/// Where the files are not those that must be there.
pub(super) fn compare(expected: &[ExpectedFile], found: &[Delivered], read: ReadFile<'_>) -> Vec<Mismatch> {
    let mut all = Vec::new();
    for file in expected {
        match found.iter().find(|delivered| delivered.name == file.name) {
            None => all.push(Mismatch::new(named(&file.name), "it was not delivered")),
            Some(delivered) => all.extend(one(file, delivered, read)),
        }
    }
    let is_listed = |delivered: &&Delivered| expected.iter().any(|file| file.name == delivered.name);
    for delivered in found.iter().filter(|delivered| !is_listed(delivered)) {
        let how = format!("{} bytes were delivered, and it is not listed", delivered.bytes.len());
        all.push(Mismatch::new(named(&delivered.name), how));
    }
    all
}

/// Where the files of a run are not those of another, byte for byte.
pub fn same_artifacts(first: &[Delivered], other: &[Delivered]) -> Vec<Mismatch> {
    let find = |files: &[Delivered], name: &str| {
        files
            .iter()
            .find(|file| file.name == name)
            .map(|file| file.bytes.clone())
    };
    let mut names: Vec<_> = first.iter().chain(other).map(|file| file.name.clone()).collect();
    names.sort();
    names.dedup();
    let differing = names
        .into_iter()
        .filter_map(|name| match (find(first, &name), find(other, &name)) {
            (Some(first), Some(other)) if first == other => None,
            (Some(first), Some(other)) => Some(Mismatch::new(named(&name), contents(&first, &other))),
            (Some(_), None) => Some(Mismatch::new(named(&name), "only the first run delivered it")),
            _ => Some(Mismatch::new(named(&name), "the first run did not deliver it")),
        });
    differing.collect()
}

fn one(file: &ExpectedFile, delivered: &Delivered, read: ReadFile<'_>) -> Vec<Mismatch> {
    let (name, bytes) = (named(&file.name), delivered.bytes.as_slice());
    let mut all = Vec::new();
    let wants_text = file.text.whole.is_some() || !file.text.contains.is_empty() || file.text.matches.is_some();
    match std::str::from_utf8(bytes) {
        Ok(found) => all.extend(text::compare(&format!("{name}: text"), &file.text, found)),
        Err(_) if wants_text => all.push(Mismatch::new(format!("{name}: text"), "it is not UTF-8")),
        Err(_) => {}
    }
    if let Some(path) = &file.file {
        let shown = path.display();
        match read(path) {
            Ok(wanted) if wanted == bytes => {}
            Ok(wanted) => all.push(Mismatch::new(format!("{name}: file"), contents(&wanted, bytes))),
            Err(error) => all.push(Mismatch::new(
                format!("{name}: file"),
                format!("cannot read `{shown}`: {error}"),
            )),
        }
    }
    let digest = digest(bytes);
    if let Some(wanted) = file.sha256.filter(|wanted| wanted.to_string() != digest) {
        all.push(Mismatch::new(
            format!("{name}: sha256"),
            format!("expected {wanted}, found {digest}"),
        ));
    }
    if let Some(wanted) = file.size.filter(|wanted| *wanted != bytes.len() as u64) {
        let how = format!("expected {wanted} bytes, found {}", bytes.len());
        all.push(Mismatch::new(format!("{name}: size"), how));
    }
    all.extend(json(&name, &file.json, bytes));
    all
}

fn json(name: &str, wanted: &[(String, Value)], bytes: &[u8]) -> Vec<Mismatch> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let whole: Value = match serde_json::from_slice(bytes) {
        Ok(whole) => whole,
        Err(error) => {
            return vec![Mismatch::new(
                format!("{name}: json"),
                format!("it is no JSON: {error}"),
            )];
        }
    };
    let differing = wanted.iter().filter_map(|(pointer, value)| {
        let how = match whole.pointer(pointer) {
            None => format!("expected {value}, and there is nothing"),
            Some(found) if is_same(found, value) => return None,
            Some(found) => format!("expected {value}, found {}", text::cut(&found.to_string())),
        };
        Some(Mismatch::new(format!("{name}: json `{pointer}`"), how))
    });
    differing.collect()
}

/// Whether two values are the same. Numbers are so by their value: 1 is 1.0.
fn is_same(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Number(found), Value::Number(wanted)) => found == wanted || found.as_f64() == wanted.as_f64(),
        (Value::Array(found), Value::Array(wanted)) => {
            found.len() == wanted.len() && found.iter().zip(wanted).all(|(found, wanted)| is_same(found, wanted))
        }
        (Value::Object(found), Value::Object(wanted)) => {
            let has_same =
                |(key, found): (&String, &Value)| wanted.get(key).is_some_and(|wanted| is_same(found, wanted));
            found.len() == wanted.len() && found.iter().all(has_same)
        }
        _ => found == wanted,
    }
}

/// Line by line where both are text, else by length and first difference.
fn contents(expected: &[u8], found: &[u8]) -> String {
    if let (Ok(expected), Ok(found)) = (std::str::from_utf8(expected), std::str::from_utf8(found)) {
        return difference(expected, found);
    }
    let same = expected
        .iter()
        .zip(found)
        .take_while(|(expected, found)| expected == found);
    format!(
        "expected {} bytes, found {}, which differ from byte {} on",
        expected.len(),
        found.len(),
        same.count()
    )
}

/// The digest of some bytes, as it is written.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn named(name: &str) -> String {
    format!("artifact `{}`", name.escape_debug())
}

#[cfg(test)]
mod tests {
    use rbit_job::Digest;

    use super::*;

    #[test]
    fn a_digest_is_one_that_can_be_expected() {
        assert!(Digest::parse(&digest(b"hello")).is_some());
    }

    #[test]
    fn numbers_are_the_same_by_their_value() {
        let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        for (left, right, same) in [
            ("1", "1.0", true),
            ("[1, {\"a\": 2}]", "[1.0, {\"a\": 2.0}]", true),
            ("1", "\"1\"", false),
            ("[1]", "[1, 2]", false),
            ("{\"a\": 1}", "{\"b\": 1}", false),
            ("9007199254740993", "9007199254740993", true),
            ("null", "null", true),
        ] {
            assert_eq!(is_same(&value(left), &value(right)), same, "{left} {right}");
        }
    }
}
