//! `PROCESSOR!ARGUMENTS`.

use std::path::{Path, PathBuf};

use rbit_job::{Processor, PythonCall};

use super::path;
use crate::{
    problem::{Wrong, shown},
    suggestion::suggest,
};

/// Reads the value of a `runner` key; the file of `wasm!` is looked for from the folder of the INI file. What runs `python!`, and from
/// where, is not said here.
pub(crate) fn parse(text: &str, folder: &Path) -> Result<Processor, Wrong> {
    let Some((processor, arguments)) = text.split_once('!') else {
        let help = Some(text)
            .filter(|text| text.ends_with(".wasm"))
            .map(|file| format!("write `wasm!{file}`"));
        return Err(Wrong::new(format!("{} has no `!`", shown(text)), EXPECTED).or_help(help));
    };
    match processor {
        "wasm" => wasm(arguments, folder),
        "python" => python(arguments),
        "shell" => shell(arguments),
        _ => {
            let known = format!("one of the processors {}", Processor::NAMES.join(", "));
            let wrong = Wrong::new(format!("{} is no processor", shown(processor)), known);
            Err(wrong.did_you_mean(suggest(processor, Processor::NAMES)))
        }
    }
}

fn wasm(arguments: &str, folder: &Path) -> Result<Processor, Wrong> {
    let (file, sha256) = match arguments.trim().rsplit_once(PIN) {
        Some((file, digest)) => (file.trim_end(), Some(pinned(digest)?)),
        None => (arguments.trim(), None),
    };
    if file.is_empty() {
        return Err(Wrong::new("no file follows `wasm!`", "`wasm!path/to/runner.wasm`"));
    }
    Ok(Processor::Wasm {
        file: path::from_folder(folder, file),
        sha256,
    })
}

fn pinned(digest: &str) -> Result<String, Wrong> {
    let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_digest {
        let what = format!("{} is no SHA-256 digest", shown(digest));
        return Err(Wrong::new(
            what,
            "64 hexadecimal digits, as `sha256sum FILE` prints them",
        ));
    }
    Ok(digest.to_ascii_lowercase())
}

fn python(arguments: &str) -> Result<Processor, Wrong> {
    let expected = "`python!module.path:callable`";
    let Some((module, callable)) = arguments.split_once(':') else {
        return Err(Wrong::new(format!("{} names no callable", shown(arguments)), expected));
    };
    if !module.split('.').all(is_identifier) {
        return Err(Wrong::new(
            format!("{} is no name of a module", shown(module)),
            expected,
        ));
    }
    if !is_identifier(callable) {
        return Err(Wrong::new(
            format!("{} is no name of a callable", shown(callable)),
            expected,
        ));
    }
    Ok(Processor::Python(PythonCall {
        module: module.to_owned(),
        callable: callable.to_owned(),
        component: PathBuf::new(),
        sees_sources_only: true,
    }))
}

fn shell(command_line: &str) -> Result<Processor, Wrong> {
    let words: Vec<_> = command_line.split_whitespace().map(str::to_owned).collect();
    if words.is_empty() {
        return Err(Wrong::new("no command follows `shell!`", "`shell!command arguments`"));
    }
    Ok(Processor::Shell { words })
}

fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// What stands between a file and the digest of what it must hold.
const PIN: &str = "@sha256:";
const EXPECTED: &str = "`wasm!FILE`, `python!module.path:callable` or `shell!command arguments`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_processor_reads_its_own_arguments() {
        for (text, read) in [
            ("wasm!pdf.wasm", "wasm!/etc/rbit/pdf.wasm"),
            ("wasm!./my runners/pdf.wasm", "wasm!/etc/rbit/my runners/pdf.wasm"),
            ("wasm!/opt/pdf!.wasm", "wasm!/opt/pdf!.wasm"),
            ("python!rbitext.legacy:make_print", "python!rbitext.legacy:make_print"),
            (
                "shell!html2pdf  %ID.pdf --title=a!b",
                "shell!html2pdf %ID.pdf --title=a!b",
            ),
        ] {
            assert_eq!(parse(text, Path::new("/etc/rbit")).unwrap().to_string(), read);
        }
    }

    #[test]
    fn a_digest_behind_the_file_pins_its_content() {
        let digest = "0123456789abcdef".repeat(4);
        let text = format!("wasm!pdf@2.wasm@sha256:{}", digest.to_uppercase());
        let read = parse(&text, Path::new("/etc/rbit")).unwrap();
        assert_eq!(
            read,
            Processor::Wasm {
                file: "/etc/rbit/pdf@2.wasm".into(),
                sha256: Some(digest.clone())
            }
        );
        assert_eq!(read.to_string(), format!("wasm!/etc/rbit/pdf@2.wasm@sha256:{digest}"));
        for text in [
            "wasm!x@sha256:",
            "wasm!x@sha256:12",
            &format!("wasm!@sha256:{digest}"),
            &format!("wasm!x@sha256:{digest}0"),
        ] {
            assert!(parse(text, Path::new("/")).is_err(), "{text}");
        }
    }

    #[test]
    fn a_line_that_names_nothing_to_run_is_refused() {
        for text in [
            "",
            "pdf.wasm",
            "!pdf.wasm",
            "wasm!",
            "wasm! ",
            "Wasm!x",
            "perl!x",
            "python!mod",
            "python!:f",
            "python!mod:",
            "python!a.b:c:d",
            "python!a..b:c",
            "python!a b:c",
            "python!../a:c",
            "shell!",
            "shell!  ",
        ] {
            assert!(parse(text, Path::new("/")).is_err(), "{text}");
        }
    }
}
