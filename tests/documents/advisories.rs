//! The table of what was once wrong in wasmtime.

use std::fs;

use super::{files_below, project};

#[test]
fn each_advisory_has_a_test_that_is_there() {
    let security = fs::read_to_string(project().join("docs/security.md")).unwrap();
    let (_, table) = security.split_once("\n## What was once wrong in wasmtime\n").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let sources: String = [project().join("crates"), project().join("tests/documents")]
        .iter()
        .flat_map(|folder| files_below(folder, "rs"))
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    let rows: Vec<_> = table.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() >= 20, "{}", rows.len());
    for row in rows {
        let tests: Vec<_> = row
            .rsplit(" | ")
            .next()
            .unwrap()
            .split('`')
            .skip(1)
            .step_by(2)
            .collect();
        assert!(!tests.is_empty(), "{row}");
        for test in tests {
            assert!(sources.contains(&format!("fn {test}()")), "there is no test `{test}`");
        }
    }
}

/// Name and version of each package that is built in.
fn packages() -> Vec<(String, Vec<u64>)> {
    let lock = fs::read_to_string(project().join("Cargo.lock")).unwrap();
    let value = |part: &str, key: &str| {
        let line = part.lines().find_map(|line| line.strip_prefix(&format!("{key} = \"")));
        line.unwrap_or_default().trim_end_matches('"').to_owned()
    };
    let parts = lock.split("[[package]]").skip(1);
    let version = |text: &str| text.split('.').map_while(|number| number.parse().ok()).collect();
    parts
        .map(|part| (value(part, "name"), version(&value(part, "version"))))
        .collect()
}

#[test]
fn what_is_built_in_is_new_enough() {
    let packages = packages();
    for (name, oldest) in [
        ("wasmtime", [48, 0, 8]),
        ("wasmtime-wasi", [48, 0, 8]),
        ("wasmtime-wasi-http", [48, 0, 8]),
        ("cap-primitives", [4, 0, 3]),
        ("cap-std", [4, 0, 3]),
    ] {
        let versions: Vec<_> = packages
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, version)| version)
            .collect();
        assert!(!versions.is_empty(), "`{name}` is not there");
        assert!(
            versions.iter().all(|version| version.as_slice() >= oldest.as_slice()),
            "{name}: {versions:?}"
        );
    }
}

#[test]
fn the_fast_compiler_is_not_built_in() {
    assert!(packages().iter().all(|(name, _)| !name.contains("winch")));
}
