//! Text to [`Raw`]: the one place that knows rust-ini.

use std::{path::Path, sync::Arc};

use ini::{Ini, ParseOption, Properties};

use crate::{
    Origin, Problem,
    clean::clean,
    problem::Wrong,
    raw::{Raw, RawEntry, RawLine, RawSection},
};

/// Reads the text of a file, and reports the lines that could not be read.
pub(crate) fn parse(text: &str, file: &Arc<Path>) -> (Raw, Vec<Problem>) {
    let cleaned = clean(text, file);
    let mut problems = cleaned.problems;
    let options = ParseOption {
        enabled_quote: false,
        enabled_escape: false,
        enabled_indented_mutiline_value: true,
        enabled_preserve_key_leading_whitespace: false,
    };
    let sections = match Ini::load_from_str_opt(&cleaned.text, options) {
        Ok(ini) => ini
            .iter()
            .filter_map(|(name, settings)| section(name?, settings, file))
            .collect(),
        Err(error) => {
            let origin = Origin::File {
                path: file.clone(),
                line: 1,
            };
            problems.push(Problem::of_line(
                origin,
                Wrong::new(format!("cannot be read: {error}"), "an INI file"),
            ));
            Vec::new()
        }
    };
    (Raw { sections }, problems)
}

fn section(name: &str, settings: &Properties, file: &Arc<Path>) -> Option<RawSection> {
    let RawLine { text: name, origin } = numbered(name, file)?;
    let entries = settings
        .iter()
        .filter_map(|(key, value)| entry(key, value, file))
        .collect();
    Some(RawSection { name, origin, entries })
}

fn entry(key: &str, value: &str, file: &Arc<Path>) -> Option<RawEntry> {
    let lines: Vec<_> = value.lines().filter_map(|line| numbered(line, file)).collect();
    let origin = lines.first()?.origin.clone();
    Some(RawEntry {
        key: key.to_ascii_lowercase(),
        origin,
        lines,
    })
}

/// Takes off the number that [`clean`] wrote before a text.
fn numbered(text: &str, file: &Arc<Path>) -> Option<RawLine> {
    let (number, text) = text.split_once(' ').unwrap_or((text, ""));
    let line = number.parse().ok()?;
    Some(RawLine {
        text: text.trim().to_owned(),
        origin: Origin::File {
            path: file.clone(),
            line,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Raw, Vec<String>) {
        let (raw, problems) = parse(text, &Arc::from(Path::new("f")));
        (raw, problems.iter().map(ToString::to_string).collect())
    }

    /// What the file says, one line per section and key.
    fn listing(text: &str) -> Vec<String> {
        let (raw, problems) = read(text);
        assert_eq!(problems, [""; 0], "{text:?}");
        let mut lines = Vec::new();
        for section in &raw.sections {
            lines.push(format!("{}[{}]", section.origin.line().unwrap(), section.name));
            for entry in &section.entries {
                let value: Vec<_> = entry
                    .lines
                    .iter()
                    .map(|l| format!("{}:{}", l.origin.line().unwrap(), l.text))
                    .collect();
                lines.push(format!("{}={}", entry.key, value.join("|")));
            }
        }
        lines
    }

    #[test]
    fn a_value_goes_on_over_indented_lines_blank_lines_and_comments() {
        let text = "[s]\nk =\n    one\n# comment\n\n\ttwo  \n; comment\n  three\nnext: 1\n";
        assert_eq!(listing(text), ["1[s]", "k=2:|3:one|6:two|8:three", "next=9:1"]);
    }

    #[test]
    fn keys_are_lower_cased_and_values_are_not() {
        assert_eq!(listing("[S]\nOutput-Dir=/Mnt\n"), ["1[S]", "output-dir=2:/Mnt"]);
    }

    #[test]
    fn both_separators_are_known_and_the_first_one_counts() {
        assert_eq!(listing("[s]\na=b:c\nd : e=f\n"), ["1[s]", "a=2:b:c", "d=3:e=f"]);
    }

    #[test]
    fn quotes_backslashes_percents_and_hashes_stand_for_themselves() {
        let text = "[s]\na = \"x y\"\nb = it's\nc = C:\\dir\\\nd = %(a)s #1 \\n\ne = \"\"\nf\\=g\\\\\n";
        let expected = [
            "1[s]",
            "a=2:\"x y\"",
            "b=3:it's",
            "c=4:C:\\dir\\",
            "d=5:%(a)s #1 \\n",
            "e=6:",
            "f\\=7:g\\\\",
        ];
        assert_eq!(listing(text), expected);
    }

    #[test]
    fn a_semicolon_after_a_blank_begins_a_comment() {
        let text = "[s] ; x\na = b ; c\nd = e;f\ng = h;i ; j\nk = ; l\nm =\n  n ; o\n";
        let expected = ["1[s]", "a=2:b", "d=3:e;f", "g=4:h;i ; j", "k=5:", "m=6:|7:n ; o"];
        assert_eq!(listing(text), expected);
    }

    #[test]
    fn line_ends_of_windows_a_byte_order_mark_and_a_missing_last_line_end_do_no_harm() {
        assert_eq!(
            listing("\u{feff}[s]\r\na = b\r\n  c\r\nd = e\\"),
            ["1[s]", "a=2:b|3:c", "d=4:e\\"]
        );
    }

    #[test]
    fn repetitions_stay_in_order() {
        assert_eq!(
            listing("[s]\na=1\nA=2\n[t]\n[s]\na=3\n"),
            ["1[s]", "a=2:1", "a=3:2", "4[t]", "5[s]", "a=6:3"]
        );
    }

    #[test]
    fn a_name_that_ends_in_a_backslash_has_an_end() {
        assert_eq!(listing("[a\\]\nb = c\n"), ["1[a\\]", "b=2:c"]);
    }

    #[test]
    fn lines_that_say_nothing_are_passed_over() {
        assert_eq!(
            listing("# c\n\n   # c\n[s]\nREM c = d\n   ; c\na = b\n"),
            ["4[s]", "a=7:b"]
        );
    }

    #[test]
    fn lines_that_cannot_be_read_are_each_reported_once() {
        for (text, expected) in [
            (
                "a = b\nc = d\n[s]\n",
                &["f:1: `a = b` stands above the first section"][..],
            ),
            (
                "[s]\nnonsense\n  more\na = b\n",
                &["f:2: `nonsense` is neither a setting nor a section"],
            ),
            ("[s\na = b\n[t]\n", &["f:1: `[s` has no `]`"]),
            ("[s] t\na = b\n[t]\n", &["f:1: `t` follows the name of the section"]),
            ("[ ]\n", &["f:1: the section has no name"]),
            ("[s]\n= v\n", &["f:2: no key stands before the value"]),
            ("[s]\n  a = b\n", &["f:2: an indented line continues a value"]),
            ("[s]\na = b\rc\n", &["f:2: the line holds the control character U+000D"]),
        ] {
            let (_, problems) = read(text);
            assert_eq!(problems.len(), expected.len(), "{text:?}: {problems:?}");
            for (problem, expected) in problems.iter().zip(expected) {
                assert!(problem.starts_with(expected), "{problem}");
            }
        }
    }

    #[test]
    fn what_stands_below_a_header_that_is_not_closed_is_read() {
        for text in ["[s\na = b\n", "[s ; x\na = b\n", "[s] t\na = b\n"] {
            let (raw, problems) = read(text);
            let entry = raw.own_entry("s", "a").map(RawEntry::as_written);
            assert_eq!((problems.len(), entry.as_deref()), (1, Some("b")), "{text}");
        }
    }

    #[test]
    fn what_stands_below_a_line_that_cannot_be_read_is_read() {
        let (raw, problems) = read("[s]\nnonsense\n  more\na = b\n");
        assert_eq!(
            (problems.len(), raw.own_entry("s", "a").unwrap().as_written().as_str()),
            (1, "b")
        );
    }

    proptest::proptest! {
        #[test]
        fn every_line_is_read_or_reported_or_says_nothing(keys in proptest::collection::vec("[a-z#;\\\\\\[\\]]{1,6} ?[=:] ?[ -~]{0,12}", 0..12)) {
            let text = format!("[s]\n{}\n", keys.join("\n"));
            let (raw, problems) = read(&text);
            let nothing = keys.iter().filter(|key| key.starts_with(['#', ';']) || key.starts_with("rem ")).count();
            let said: usize = raw.sections.iter().map(|section| 1 + section.entries.len()).sum();
            if keys.iter().all(|key| !key.starts_with('[')) {
                assert_eq!(said + problems.len() + nothing, keys.len() + 1, "{text}");
            }
        }
    }
}
