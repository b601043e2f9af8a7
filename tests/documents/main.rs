//! What the documents claim.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod advisories;
mod limits;

use std::{
    fs,
    path::{Path, PathBuf},
};

use rbit::exit_code::Code;
use rbit_e2e::hostile;

#[test]
fn every_link_to_a_file_of_the_project_leads_to_one() {
    let mut dead = Vec::new();
    for document in files_below(project(), "md") {
        let folder = document.parent().unwrap().to_owned();
        for target in links(&fs::read_to_string(&document).unwrap()) {
            let path = target.split('#').next().unwrap_or_default();
            if !path.is_empty() && !folder.join(path).exists() {
                dead.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert!(dead.is_empty(), "links that lead nowhere:\n{}", dead.join("\n"));
}

#[test]
fn the_readme_begins_with_the_two_commands_that_do_all_the_set_up() {
    let readme = fs::read_to_string(project().join("README.md")).unwrap();
    let block = readme.split("```").nth(1).unwrap();
    let commands: Vec<_> = block
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("cargo"))
        .collect();
    let names: Vec<_> = commands
        .iter()
        .map(|line| line.split('#').next().unwrap_or_default().trim())
        .collect();
    assert_eq!(names, ["cargo xtask demo", "cargo xtask test"]);
    let ci = fs::read_to_string(project().join(".ci/run")).unwrap();
    assert!(
        names.iter().all(|command| ci.contains(command)),
        "continuous integration runs other commands"
    );
}

#[test]
fn the_exit_statuses_in_the_readme_are_those_of_the_program() {
    let readme = fs::read_to_string(project().join("README.md")).unwrap();
    let row = |line: &str| {
        let (code, meaning) = line.strip_prefix("| ")?.split_once(" | ")?;
        Some((code.parse::<u8>().ok()?, meaning.trim_end_matches(" |").to_owned()))
    };
    let rows: Vec<_> = readme.lines().filter_map(row).collect();
    assert_eq!(rows.len(), Code::ALL.len());
    for ((code, meaning), (known, known_meaning)) in rows.iter().zip(Code::ALL) {
        assert_eq!(*code, known as u8);
        assert!(meaning.starts_with(known_meaning), "{code}: {meaning}");
    }
}

#[test]
fn no_source_file_is_longer_than_a_reader_keeps_in_mind() {
    let long: Vec<_> = files_below(project(), "rs")
        .into_iter()
        .filter(|file| fs::read_to_string(file).unwrap().lines().count() > 450)
        .collect();
    assert!(long.is_empty(), "over 450 lines: {long:?}");
}

#[test]
fn the_map_of_the_code_has_every_crate() {
    let map = fs::read_to_string(project().join("ARCHITECTURE.md")).unwrap();
    let folders = fs::read_dir(project().join("crates")).unwrap();
    for folder in folders.map(|folder| folder.unwrap().path()) {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let row = format!("| [`{name}`](crates/{name}/src/");
        assert!(map.contains(&row), "no row of `{name}`");
    }
}

#[test]
fn the_table_of_ports_has_every_port() {
    let map = fs::read_to_string(project().join("ARCHITECTURE.md")).unwrap();
    let mut ports = Vec::new();
    for file in files_below(&project().join("crates/rbit-job/src/port"), "rs") {
        let text = fs::read_to_string(&file).unwrap();
        let named = text
            .lines()
            .filter_map(|line| line.strip_prefix("pub trait ")?.split(':').next());
        ports.extend(named.map(str::to_owned));
    }
    // The end of a delivery, which is a part of its source.
    ports.retain(|port| port != "Settle");
    assert!(ports.len() >= 8, "{ports:?}");
    for port in ports {
        assert!(
            map.contains(&format!("| [`{port}`](crates/rbit-job/src/port/")),
            "no row of `{port}`"
        );
    }
}

/// As the map says of each: only it names its technology, and no adapter knows another.
#[test]
fn each_technology_is_named_by_one_crate_and_adapters_do_not_know_each_other() {
    let adapters = [
        "rbit-config",
        "rbit-amqp",
        "rbit-store",
        "rbit-sandbox",
        "rbit-native",
        "rbit-pybit",
    ];
    let technologies = [
        ("lapin", "rbit-amqp"),
        ("rusqlite", "rbit-store"),
        ("wasmtime", "rbit-sandbox"),
        ("reqwest", "rbit-pybit"),
        ("rust-ini", "rbit-config"),
        ("clap", "rbit"),
    ];
    let folders = fs::read_dir(project().join("crates")).unwrap();
    for folder in folders.map(|folder| folder.unwrap().path()) {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let dependencies = dependencies(&folder.join("Cargo.toml"));
        for (technology, home) in technologies {
            let names = dependencies.iter().any(|known| known == technology);
            assert_eq!(names, name == home, "`{technology}` in `{name}`");
        }
        let is_closed = adapters.contains(&name.as_str()) || ["rbit-job", "rbit-worker"].contains(&name.as_str());
        let known = dependencies.iter().find(|known| adapters.contains(&known.as_str()));
        assert!(!is_closed || known.is_none(), "`{name}` knows {known:?}");
    }
}

/// The document has the borders of the map, each with a file that guards it, and a guest that it names is there.
#[test]
fn each_border_of_the_map_is_in_the_document_on_security() {
    let map = fs::read_to_string(project().join("ARCHITECTURE.md")).unwrap();
    let security = fs::read_to_string(project().join("docs/security.md")).unwrap();
    let trust = map.split("\n## ").find(|part| part.starts_with("Trust")).unwrap();
    let guards: Vec<_> = links(trust).filter(|target| target.ends_with(".rs")).collect();
    assert!(guards.len() >= 15, "{guards:?}");
    for guard in guards {
        assert!(security.contains(&format!("](../{guard})")), "no row of `{guard}`");
    }
    let borders = security
        .split("\n## ")
        .find(|part| part.starts_with("The borders"))
        .unwrap();
    for row in borders.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let columns: Vec<_> = row.split(" | ").collect();
        let [_, guards, promise] = columns.as_slice() else {
            panic!("{row}");
        };
        assert!(links(guards).count() >= 1 && promise.len() > 10, "{row}");
    }
}

/// What it says of guests is said of fixtures that are there.
#[test]
fn the_limits_of_the_documents_are_those_that_guests_are_tested_with() {
    let configuration = fs::read_to_string(project().join("docs/configuration.md")).unwrap();
    let limits = serde_json::to_value(rbit_job::Limits::default()).unwrap();
    let keys: Vec<_> = limits
        .as_object()
        .unwrap()
        .keys()
        .map(|key| key.replace('_', "-"))
        .collect();
    assert_eq!(keys.len(), 26);
    // Those need somebody who answers, which the tests of the sandbox have.
    let tests = ["http.rs", "http/sums.rs"].map(|name| project().join("crates/rbit-sandbox/tests/sandbox").join(name));
    // And no guest of WebAssembly has a second process.
    let native = project().join("crates/rbit-native/tests/native/limits.rs");
    let tests: String = tests
        .iter()
        .chain([&native])
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    for key in keys {
        assert!(configuration.contains(&format!("| `{key}` |")), "no row of `{key}`");
        let is_met = hostile::all()
            .iter()
            .any(|case| case.sandbox.contains(&format!("{key} = ")) || case.says.starts_with(&format!("{key}: ")))
            || tests.contains(&format!("limits.{} = ", key.replace('-', "_")));
        assert!(is_met, "no guest meets `{key}`");
    }
}

#[test]
fn the_changes_of_a_release_stand_in_the_order_that_the_changelog_names() {
    let order = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];
    let changelog = fs::read_to_string(project().join("CHANGELOG.md")).unwrap();
    let mut releases = changelog.split("\n## ").skip(1).peekable();
    assert!(releases.peek().is_some_and(|first| first.starts_with("Unreleased")));
    for release in releases {
        let titles: Vec<_> = release.lines().filter_map(|line| line.strip_prefix("### ")).collect();
        let places: Vec<_> = titles
            .iter()
            .map(|title| order.iter().position(|known| known == title))
            .collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{titles:?}");
    }
}

#[test]
fn the_unit_that_is_installed_is_the_one_of_the_document() {
    let operations = fs::read_to_string(project().join("docs/operations.md")).unwrap();
    let unit = fs::read_to_string(project().join("docs/rbit.service")).unwrap();
    assert!(operations.contains(&format!("```ini\n{unit}```")), "{unit}");
}

/// What a crate is built with, tests apart.
fn dependencies(manifest: &Path) -> Vec<String> {
    let text = fs::read_to_string(manifest).unwrap();
    let lines = text.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    let lines = lines.take_while(|line| !line.starts_with('['));
    let names = lines.filter_map(|line| line.split(['=', '.', ' ']).next());
    names
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// Targets of links that are no URLs.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|target| !target.contains("://"))
}

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Files with this ending that the project keeps: not what was built, nor what is hidden.
fn files_below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && !["target", "corpus", "artifacts"].contains(&name.as_str()) {
            found.extend(files_below(&path, ending));
        } else if path.extension().is_some_and(|found| found == ending) {
            found.push(path);
        }
    }
    found
}
