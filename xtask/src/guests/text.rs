//! Guests that are written in the text of WebAssembly, because no language says what they do.
//!
//! Such a guest is one file of `tests/fixtures/wat`. It is the inside of a core module, to which memory and an allocator are added
//! (`prelude.txt`); or the inside of a component (`component.txt`), if it says where these belong in its own module; or whole, if it
//! begins as a module or component.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::program;

/// A guest in one file of text. Its name has `-` where the file's has `_`, as with guests in Rust.
#[derive(Clone, Debug)]
pub(crate) struct TextGuest {
    pub(crate) name: String,
    pub(crate) file: PathBuf,
}

/// Every guest in text, sorted by name.
pub(crate) fn all() -> anyhow::Result<Vec<TextGuest>> {
    let folder = folder();
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot list `{}`", folder.display()))?;
    let mut guests = vec![];
    for entry in entries {
        let file = entry?.path();
        if file.extension().is_some_and(|extension| extension == "wat") {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            let name = stem.replace('_', "-");
            guests.push(TextGuest { name, file });
        }
    }
    guests.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(guests)
}

/// Makes those of these names, all if there are none, unless they are as they would be.
pub(crate) fn build(guests: &[TextGuest], names: &[String], to: &Path) -> anyhow::Result<()> {
    let [prelude, component] = ["prelude.txt", "component.txt"].map(|name| read(&folder().join(name)));
    let (prelude, component) = (prelude?, component?);
    for guest in guests {
        if !names.is_empty() && !names.contains(&guest.name) {
            continue;
        }
        let text = whole(&read(&guest.file)?, &prelude, &component);
        let binary = wat::parse_str(text).with_context(|| format!("`{}` is no WebAssembly", guest.file.display()))?;
        write(&to.join(format!("{}.wasm", guest.name)), &binary)?;
    }
    Ok(())
}

fn whole(text: &str, prelude: &str, component: &str) -> String {
    if text.starts_with('(') {
        text.to_owned()
    } else if text.contains(PRELUDE) {
        component.replace("(; CORE ;)", text).replace(PRELUDE, prelude)
    } else {
        format!("(module {text} {prelude})")
    }
}

/// In one step, as a host may be reading what was there.
fn write(place: &Path, binary: &[u8]) -> anyhow::Result<()> {
    if fs::read(place).is_ok_and(|there| there == binary) {
        return Ok(());
    }
    let draft = place.with_extension("wasm.new");
    fs::write(&draft, binary)
        .and_then(|()| fs::rename(&draft, place))
        .with_context(|| format!("cannot write `{}`", place.display()))
}

fn read(file: &Path) -> anyhow::Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))
}

fn folder() -> PathBuf {
    program::project_folder().join("tests/fixtures/wat")
}

/// Where memory and allocator belong.
const PRELUDE: &str = "(; PRELUDE ;)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_a_binary_and_one_that_did_not_change_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let guests = all().unwrap();
        build(&guests, &[], folder.path()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), guests.len());
        let inode = |name: &str| {
            let file = folder.path().join(format!("{name}.wasm"));
            std::os::unix::fs::MetadataExt::ino(&fs::metadata(file).unwrap())
        };
        let before = inode("dives");
        build(&guests, &["dives".to_owned()], folder.path()).unwrap();
        assert_eq!(inode("dives"), before);
    }

    #[test]
    fn a_text_becomes_a_module_a_component_or_what_it_is() {
        assert_eq!(whole("(module)", "P", "C"), "(module)");
        assert_eq!(whole(";; x", "P", "C"), "(module ;; x P)");
        assert_eq!(whole("  a (; PRELUDE ;)", "P", "(c (; CORE ;))"), "(c   a P)");
    }
}
