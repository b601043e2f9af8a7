//! `--module-dir`: modules and commands that were built elsewhere than where cases look for them.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// The runner with its file from the first of these folders that has one of its name.
pub(super) fn redirected(line: &str, folders: &[PathBuf]) -> anyhow::Result<String> {
    let absolute = |folder: &PathBuf| {
        std::path::absolute(folder).with_context(|| format!("cannot find the folder `{}`", folder.display()))
    };
    let folders: Vec<_> = folders.iter().map(absolute).collect::<Result<_, _>>()?;
    Ok(found(line, &folders, &|file| file.is_file()).unwrap_or_else(|| line.to_owned()))
}

fn found(line: &str, folders: &[PathBuf], is_file: &dyn Fn(&Path) -> bool) -> Option<String> {
    let in_folders = |name: &str| {
        let names = [name.to_owned(), name.replace('_', "-"), name.replace('-', "_")];
        let files = folders
            .iter()
            .flat_map(|folder| names.iter().map(|name| folder.join(name)));
        let mut files = files.filter(|file| is_file(file));
        Some(files.next()?.to_str()?.to_owned())
    };
    match line.split_once('!')? {
        ("wasm", rest) => {
            let at = rest.find(PIN).unwrap_or(rest.len());
            let (file, pin) = rest.split_at_checked(at)?;
            let file = in_folders(Path::new(file.trim()).file_name()?.to_str()?)?;
            Some(format!("wasm!{file}{pin}"))
        }
        ("shell", rest) => {
            let (command, arguments) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            let name = Path::new(command).file_name()?.to_str()?;
            let file = in_folders(&format!("{}.wasm", name.trim_end_matches(".wasm")))?;
            // A path may have what would end a word.
            Some(format!("shell!'{}' {arguments}", file.replace('\'', r"'\''")))
        }
        _ => None,
    }
}

const PIN: &str = "@sha256:";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_taken_from_the_first_folder_that_has_it_whatever_joins_its_words() {
        let there = ["/built/rust-hello.wasm", "/my own/draw.wasm", "/my own/rust_hello.wasm"];
        let folders = ["/built", "/my own"].map(PathBuf::from);
        for (line, taken) in [
            (
                "wasm!target/release/rust_hello.wasm",
                Some("wasm!/built/rust-hello.wasm"),
            ),
            (
                "wasm!rust-hello.wasm@sha256:00",
                Some("wasm!/built/rust-hello.wasm@sha256:00"),
            ),
            ("wasm!other.wasm", None),
            (
                "shell!draw %ID.svg 'a b'",
                Some("shell!'/my own/draw.wasm' %ID.svg 'a b'"),
            ),
            ("shell!bin/draw.wasm", Some("shell!'/my own/draw.wasm' ")),
            ("shell!other draw", None),
            ("python!draw:x", None),
        ] {
            let found = found(line, &folders, &|file| there.map(Path::new).contains(&file));
            assert_eq!(found.as_deref(), taken, "{line}");
        }
    }
}
