//! Words that may be left out.

use std::ffi::OsString;

use clap::{Command, CommandFactory as _};

use super::Args;

/// The arguments with the words that were left out: `rbit FILE` is `rbit run FILE`, as in the Python rbit, which had one command;
/// `rbit jobs FILE` is `rbit jobs list FILE`, and `rbit parked FILE` likewise.
pub(super) fn complete(words: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut words: Vec<_> = words.into_iter().collect();
    let definition = Args::command();
    let first = words.get(1).and_then(|word| word.to_str());
    let listing = definition
        .get_subcommands()
        .find(|command| Some(command.get_name()) == first && command.find_subcommand("list").is_some());
    match listing {
        Some(command) => {
            let is_left_out = |word: &OsString| !is_task(command, word) && !is_help(word);
            if words.get(2).is_some_and(is_left_out) {
                words.insert(2, "list".into());
            }
        }
        None => {
            let is_file = |word: &OsString| !is_task(&definition, word) && !word.as_encoded_bytes().starts_with(b"-");
            if words.get(1).is_some_and(is_file) {
                words.insert(1, "run".into());
            }
        }
    }
    words
}

fn is_task(command: &Command, word: &OsString) -> bool {
    word == "help" || command.get_subcommands().any(|known| known.get_name() == word)
}

fn is_help(word: &OsString) -> bool {
    word == "--help" || word == "-h"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(words: &str) -> String {
        let words = complete(words.split(' ').map(OsString::from));
        words.join(" ".as_ref()).into_string().unwrap()
    }

    #[test]
    fn a_file_alone_is_run() {
        assert_eq!(completed("rbit rbit.ini"), "rbit run rbit.ini");
        assert_eq!(completed("rbit ./check --drain"), "rbit run ./check --drain");
        for whole in [
            "rbit",
            "rbit check rbit.ini",
            "rbit --help",
            "rbit -V",
            "rbit help jobs",
        ] {
            assert_eq!(completed(whole), whole);
        }
    }

    #[test]
    fn a_command_that_lists_does_so_when_nothing_else_is_asked_of_it() {
        assert_eq!(completed("rbit jobs rbit.ini --json"), "rbit jobs list rbit.ini --json");
        assert_eq!(completed("rbit jobs --json rbit.ini"), "rbit jobs list --json rbit.ini");
        assert_eq!(completed("rbit parked rbit.ini"), "rbit parked list rbit.ini");
        for whole in [
            "rbit jobs",
            "rbit jobs --help",
            "rbit jobs help show",
            "rbit jobs list rbit.ini",
            "rbit jobs show rbit.ini 4",
            "rbit parked drop rbit.ini 4",
        ] {
            assert_eq!(completed(whole), whole);
        }
    }
}
