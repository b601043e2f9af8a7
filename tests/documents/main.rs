//! What the documents claim.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use rbit::exit_code::Code;

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
