//! An author's module, looked at as text: whether it is there, and whether it names its callable.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The error says what is not there. Nothing is executed, so a module that makes its names in other ways than by writing them is
/// believed.
pub(crate) fn check(folders: &[PathBuf], module: &str, callable: &str) -> Result<(), String> {
    let Some(file) = folders.iter().find_map(|folder| file_of(folder, module)) else {
        let folders: Vec<_> = folders.iter().map(|folder| format!("`{}`", folder.display())).collect();
        return Err(format!("there is no module `{module}` in {}", folders.join(", ")));
    };
    let text = fs::read(&file).map_err(|error| format!("cannot read `{}`: {error}", file.display()))?;
    let text = String::from_utf8_lossy(&text);
    if has_word(&text, callable) || makes_names(&text) {
        return Ok(());
    }
    let defined: Vec<_> = functions(&text).map(|name| format!("`{name}`")).collect();
    let defined = match defined.is_empty() {
        true => "no function".to_owned(),
        false => defined.join(", "),
    };
    Err(format!(
        "`{}` has no `{callable}`; it defines {defined}",
        file.display()
    ))
}

/// The file that Python would take for the module.
fn file_of(folder: &Path, module: &str) -> Option<PathBuf> {
    let path = folder.join(module.replace('.', "/"));
    let candidates = [path.join("__init__.py"), path.with_extension("py")];
    candidates.into_iter().find(|file| file.is_file())
}

fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c == '_' || c.is_alphanumeric();
    text.split(|c| !is_part(c)).any(|other| other == word)
}

fn makes_names(text: &str) -> bool {
    text.contains("import *") || has_word(text, "__getattr__") || has_word(text, "globals")
}

fn functions(text: &str) -> impl Iterator<Item = &str> {
    let name = |line: &'_ str| -> Option<usize> { line.find(['(', ':', '[', ' ']) };
    text.lines()
        .filter_map(|line| line.strip_prefix("def "))
        .filter_map(move |rest| rest.get(..name(rest)?))
        .take(MAX_SHOWN)
}

/// Functions that an error names.
const MAX_SHOWN: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str, name: &str) -> Result<(), String> {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("pkg/sub")).unwrap();
        fs::write(dir.path().join("pkg/sub/__init__.py"), "").unwrap();
        fs::write(dir.path().join("pkg/sub/work.py"), text).unwrap();
        check(&["/none".into(), dir.path().to_owned()], "pkg.sub.work", name)
    }

    #[test]
    fn a_module_is_found_in_a_package_of_any_folder_of_the_path() {
        assert_eq!(checked("def make_pdf(request, settings):\n", "make_pdf"), Ok(()));
        assert_eq!(checked("from other import make_pdf", "make_pdf"), Ok(()));
        let error = check(&["/none".into()], "my_worker", "hello").unwrap_err();
        assert_eq!(error, "there is no module `my_worker` in `/none`");
    }

    #[test]
    fn a_name_that_the_text_does_not_have_is_answered_with_those_it_defines() {
        let error = checked("def make_pdf(request):\n    pass\ndef make_zip(): pass\n", "make_pfd").unwrap_err();
        assert!(
            error.ends_with("has no `make_pfd`; it defines `make_pdf`, `make_zip`"),
            "{error}"
        );
    }

    #[test]
    fn names_that_are_made_in_other_ways_are_believed() {
        assert_eq!(checked("from other import *", "make_pdf"), Ok(()));
        assert_eq!(checked("def __getattr__(name): ...", "make_pdf"), Ok(()));
        assert!(checked("make_pdf_too = 1", "make_pdf").is_err());
    }
}
