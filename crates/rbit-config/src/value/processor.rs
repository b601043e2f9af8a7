//! `PROCESSOR!ARGUMENTS`.

use std::path::{Path, PathBuf};

use rbit_job::{CommandLine, Processor, PythonCall};

use super::path;
use crate::{
    problem::{Wrong, shown},
    suggestion::suggest,
};

/// Reads the value of a `runner` key; the file of `wasm!` is looked for from the folder of the INI file. Without `command_path`, the
/// command of `shell!` is looked for there, too, that of `native!` where the system has its programs. What runs `python!`, and from
/// where, is not said here.
pub(crate) fn parse(text: &str, folder: &Path, command_path: Option<&[PathBuf]>) -> Result<Processor, Wrong> {
    let Some((processor, arguments)) = text.split_once('!') else {
        let help = Some(text)
            .filter(|text| text.ends_with(".wasm"))
            .map(|file| format!("write `wasm!{file}`"));
        return Err(Wrong::new(format!("{} has no `!`", shown(text)), EXPECTED).or_help(help));
    };
    match processor {
        "wasm" => wasm(arguments, folder),
        "python" => python(arguments),
        "shell" => shell(arguments, folder, command_path),
        "native" => native(arguments, folder, command_path),
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

fn shell(command_line: &str, folder: &Path, command_path: Option<&[PathBuf]>) -> Result<Processor, Wrong> {
    let words = words(command_line)?;
    let beside = [folder.to_owned()];
    let command = words.first().map(String::as_str).unwrap_or_default();
    let files = command_files(command, folder, command_path.unwrap_or(&beside));
    let line = CommandLine::new(words, files).ok_or_else(|| no_command("shell"))?;
    Ok(Processor::Shell(line))
}

fn native(command_line: &str, folder: &Path, command_path: Option<&[PathBuf]>) -> Result<Processor, Wrong> {
    let words = words(command_line)?;
    let system = SYSTEM_PATH.map(PathBuf::from);
    let command = words.first().map(String::as_str).unwrap_or_default();
    let files = match command.contains('/') {
        true => vec![path::from_folder(folder, command)],
        false => command_path
            .unwrap_or(&system)
            .iter()
            .map(|folder| folder.join(command))
            .collect(),
    };
    let line = CommandLine::new(words, files).ok_or_else(|| no_command("native"))?;
    Ok(Processor::Native(line))
}

fn no_command(processor: &str) -> Wrong {
    Wrong::new(
        format!("no command follows `{processor}!`"),
        format!("`{processor}!command arguments`, the command without tokens"),
    )
}

/// Splits as a POSIX shell does, and interprets nothing but quotes.
fn words(command_line: &str) -> Result<Vec<String>, Wrong> {
    shlex::split(command_line).ok_or_else(|| {
        let what = format!("{} ends within quotes, or with a `\\`", shown(command_line));
        Wrong::new(what, "words as a shell has them")
    })
}

/// The files that a command may be: a path itself, a name in each folder of the path, with `.wasm` behind it.
fn command_files(command: &str, folder: &Path, command_path: &[PathBuf]) -> Vec<PathBuf> {
    let named = match command.ends_with(".wasm") {
        true => command.to_owned(),
        false => format!("{command}.wasm"),
    };
    if command.contains('/') {
        let mut files = vec![path::from_folder(folder, command), path::from_folder(folder, &named)];
        files.dedup();
        return files;
    }
    command_path.iter().map(|folder| folder.join(&named)).collect()
}

fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// What stands between a file and the digest of what it must hold.
const PIN: &str = "@sha256:";
/// Where a system has its programs.
const SYSTEM_PATH: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];
const EXPECTED: &str =
    "`wasm!FILE`, `python!module.path:callable`, `shell!command arguments` or `native!command arguments`";

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
            assert_eq!(read_from_etc(text).unwrap().to_string(), read);
        }
    }

    fn read_from_etc(text: &str) -> Result<Processor, Wrong> {
        let folders = ["/opt/a".into(), "/opt/b".into()];
        parse(text, Path::new("/etc/rbit"), Some(&folders))
    }

    fn line(text: &str) -> CommandLine {
        match read_from_etc(text) {
            Ok(Processor::Shell(line)) => line,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn words_are_split_as_a_shell_splits_them_and_nothing_is_expanded() {
        let line = line(r#"shell!tool 'a b' "c\"d" e\ f "" $HOME `id` *.x ~ a;b | "" '%ID.svg' # the rest"#);
        let words = [
            "a b", "c\"d", "e f", "", "$HOME", "`id`", "*.x", "~", "a;b", "|", "", "%ID.svg",
        ];
        assert_eq!(line.arguments(), words);
        for text in [
            "shell!tool 'a",
            "shell!tool \"a",
            "shell!tool a\\",
            "shell!tool-%ID x",
            "shell!''",
        ] {
            assert!(read_from_etc(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_is_looked_for_on_the_command_path_and_a_path_from_the_folder_of_the_file() {
        let files = |text| {
            let files = line(text).files().to_vec();
            files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(files("shell!resvg a"), ["/opt/a/resvg.wasm", "/opt/b/resvg.wasm"]);
        assert_eq!(files("shell!resvg.wasm a"), ["/opt/a/resvg.wasm", "/opt/b/resvg.wasm"]);
        assert_eq!(
            files("shell!./bin/resvg"),
            ["/etc/rbit/bin/resvg", "/etc/rbit/bin/resvg.wasm"]
        );
        assert_eq!(files("shell!/x/y.wasm"), ["/x/y.wasm"]);
    }

    #[test]
    fn a_program_of_the_machine_is_looked_for_where_it_has_its_programs() {
        let files = |text, command_path: Option<&[PathBuf]>| match parse(text, Path::new("/etc/rbit"), command_path) {
            Ok(Processor::Native(line)) => line.files().to_vec(),
            other => panic!("{other:?}"),
        };
        let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<Vec<_>>();
        let system = paths(&["/usr/local/bin/latex", "/usr/bin/latex", "/bin/latex"]);
        assert_eq!(files("native!latex x.tex", None), system);
        assert_eq!(
            files("native!latex x", Some(&["/opt/tex".into()])),
            paths(&["/opt/tex/latex"])
        );
        assert_eq!(files("native!./bin/latex", None), paths(&["/etc/rbit/bin/latex"]));
        assert_eq!(files("native!/opt/latex", Some(&[])), paths(&["/opt/latex"]));
    }

    #[test]
    fn a_digest_behind_the_file_pins_its_content() {
        let digest = "0123456789abcdef".repeat(4);
        let text = format!("wasm!pdf@2.wasm@sha256:{}", digest.to_uppercase());
        let read = read_from_etc(&text).unwrap();
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
            assert!(parse(text, Path::new("/"), None).is_err(), "{text}");
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
            "native!",
            "native! %ID",
            "native!tool 'x",
        ] {
            assert!(parse(text, Path::new("/"), None).is_err(), "{text}");
        }
    }
}
