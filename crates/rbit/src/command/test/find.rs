//! Where cases are.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

/// A case's file, and what the case is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    pub(super) name: String,
    /// An absolute path.
    pub(super) file: PathBuf,
}

/// Every case in the folders, by name, and those whose files are named.
pub(super) fn find(paths: &[PathBuf]) -> anyhow::Result<Vec<Found>> {
    let mut found = Vec::new();
    for path in paths {
        let root = std::path::absolute(path).with_context(|| format!("cannot find `{}`", path.display()))?;
        let metadata = fs::metadata(&root).with_context(|| format!("cannot read `{}`", path.display()))?;
        let mut files = Vec::new();
        if metadata.is_dir() {
            walk(&root, &mut files)?;
        } else {
            files.push(root.clone());
        }
        // With several roots, names tell them apart.
        let prefix = if paths.len() > 1 { path.as_path() } else { Path::new("") };
        found.extend(files.into_iter().map(|file| Found {
            name: name(&root, &file, prefix),
            file,
        }));
    }
    found.sort();
    found.dedup_by(|one, other| one.file == other.file);
    Ok(found)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read `{}`", folder.display()))?;
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let kind = entry
            .file_type()
            .with_context(|| format!("cannot look at `{}`", path.display()))?;
        if kind.is_dir() && !name.starts_with('.') && !LEFT_OUT.contains(&name.as_str()) {
            walk(&path, files)?;
        } else if !kind.is_dir() && (name == CASE || name.ends_with(&format!(".{CASE}"))) {
            files.push(path);
        }
    }
    Ok(())
}

/// The path of the case's folder, or of its file without its ending, from the root.
fn name(root: &Path, file: &Path, prefix: &Path) -> String {
    let text = file.to_string_lossy();
    let short = text
        .strip_suffix(&format!("/{CASE}"))
        .or_else(|| text.strip_suffix(&format!(".{CASE}")))
        .unwrap_or(&text);
    let below = Path::new(short)
        .strip_prefix(root)
        .ok()
        .filter(|below| !below.as_os_str().is_empty());
    let last = || Path::new(short).file_name().map(Path::new).unwrap_or(Path::new(short));
    prefix.join(below.unwrap_or_else(last)).to_string_lossy().into_owned()
}

const CASE: &str = "case.toml";
/// Folders of what was built or fetched.
const LEFT_OUT: [&str; 2] = ["target", "node_modules"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_found_at_any_depth_and_named_by_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("guests");
        for file in [
            "a/cases/done/case.toml",
            "a/cases/failed.case.toml",
            "a/suite.toml",
            "a/case.toml.orig",
            "target/b/case.toml",
            ".hidden/case.toml",
            "node_modules/case.toml",
            "case.toml",
        ] {
            let file = root.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        let names =
            |paths: &[PathBuf]| -> Vec<String> { find(paths).unwrap().into_iter().map(|found| found.name).collect() };
        assert_eq!(
            names(std::slice::from_ref(&root)),
            ["a/cases/done", "a/cases/failed", "guests"]
        );
        assert_eq!(names(&[root.join("a/cases/done")]), ["done"]);
        assert_eq!(names(&[root.join("a/cases/failed.case.toml")]), ["failed"]);
        let two = names(&[root.join("a/cases"), root.join("a/cases/done")]);
        assert!(
            two.iter().all(|name| name.starts_with(&*root.to_string_lossy())),
            "{two:?}"
        );
        assert!(find(&[root.join("none")]).is_err());
    }
}
