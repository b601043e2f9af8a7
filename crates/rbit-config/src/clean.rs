//! Makes rust-ini read what Python 2's parser read.
//!
//! rust-ini differs from it where it would hurt: a key without `=` swallows the lines below it, a comment inside an indented
//! value ends the value, a backslash at the end of a line joins it with the next, `[a\]` and `a\=b` have no end, ` ;` is no
//! comment, and no position is told. The text is therefore cleaned line by line: comments go, lines that are neither key,
//! section nor value are reported, and the line number is written before the name of each section and before each line of a
//! value, from where [`crate::ini`] takes it again.

use std::{path::Path, sync::Arc};

use crate::{
    Origin, Problem,
    problem::{Wrong, shown},
    raw::COMMENT_MARKS,
};

/// A text that rust-ini cannot misunderstand, and what had to be left out of it.
pub(crate) struct Cleaned {
    pub(crate) text: String,
    pub(crate) problems: Vec<Problem>,
}

/// Cleans the text of a file.
pub(crate) fn clean(text: &str, file: &Arc<Path>) -> Cleaned {
    let mut cleaned = Cleaned {
        text: String::new(),
        problems: Vec::new(),
    };
    let mut place = Place::Start;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let next = match classify(line, place) {
            Ok(None) => place,
            Ok(Some(line)) => cleaned.push(number, line),
            Err(mistake) => {
                let origin = Origin::File {
                    path: file.clone(),
                    line: number,
                };
                cleaned.problems.push(Problem::of_line(origin, mistake.wrong));
                match mistake.meant {
                    Some(line) => cleaned.push(number, line),
                    None => mistake.next,
                }
            }
        };
        place = next;
    }
    cleaned
}

impl Cleaned {
    /// Blanks before `]` and `=`, and at the end of a line, keep a backslash from hiding what follows it.
    fn push(&mut self, number: usize, line: Line<'_>) -> Place {
        let (written, place) = match line {
            Line::Header(name) => (format!("[{number} {name} ]\n"), Place::Section),
            Line::Setting(key, value) => (format!("{key} = {number} {value} \n"), Place::Value),
            Line::Continuation(value) => (format!(" {number} {value} \n"), Place::Value),
        };
        self.text.push_str(&written);
        place
    }
}

/// What a line can belong to.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Above the first section.
    Start,
    /// Below a header that was not understood, or in a part that was reported already: keys are not read.
    BadSection,
    /// In a section, with no value to continue.
    Section,
    /// Below a key.
    Value,
    /// Below a line that was reported: what continues it is not reported again.
    BadValue,
}

/// What a line says.
enum Line<'a> {
    Header(&'a str),
    Setting(&'a str, &'a str),
    Continuation(&'a str),
}

/// A line that is not as it should be.
struct Mistake<'a> {
    wrong: Wrong,
    /// Where that leaves the lines below, if it cannot be told what was meant.
    next: Place,
    /// What was surely meant: with that, what stands below is checked as well.
    meant: Option<Line<'a>>,
}

/// Finds what a line says, if anything.
fn classify(line: &str, place: Place) -> Result<Option<Line<'_>>, Mistake<'_>> {
    let trimmed = line.trim();
    if trimmed.is_empty() || line.starts_with(COMMENT_MARKS) || is_remark(line) {
        return Ok(None);
    }
    let broken = |wrong: Wrong| Mistake {
        wrong,
        next: match place {
            Place::Start | Place::BadSection => place,
            _ => Place::BadValue,
        },
        meant: None,
    };
    check_characters(line).map_err(broken)?;
    if line.starts_with([' ', '\t']) {
        return indented(trimmed, place).map_err(broken);
    }
    if trimmed.starts_with('[') {
        return header(trimmed).map(|name| Some(Line::Header(name)));
    }
    match place {
        Place::BadSection => Ok(None),
        Place::Start => Err(Mistake {
            wrong: stands_before_sections(trimmed),
            next: Place::BadSection,
            meant: None,
        }),
        _ => setting(trimmed).map_err(broken),
    }
}

/// An indented line continues the value above it, even where it looks like a comment; readers of lists take comments out.
fn indented(trimmed: &str, place: Place) -> Result<Option<Line<'_>>, Wrong> {
    match place {
        Place::Value => Ok(Some(Line::Continuation(trimmed))),
        Place::BadValue | Place::BadSection => Ok(None),
        _ if trimmed.starts_with(COMMENT_MARKS) => Ok(None),
        _ => Err(Wrong::new(
            "an indented line continues a value, and above it is none",
            "the key at the start of its line",
        )),
    }
}

fn header(trimmed: &str) -> Result<&str, Mistake<'_>> {
    let wrong = |what: String| Wrong::new(what, "`[section]` alone on its line");
    let rest = trimmed.strip_prefix('[').unwrap_or(trimmed);
    let Some((name, after)) = rest.split_once(']') else {
        let name = rest.split(COMMENT_MARKS).next().unwrap_or_default().trim();
        return Err(unfinished(wrong(format!("{} has no `]`", shown(trimmed))), name));
    };
    let (name, after) = (name.trim(), after.trim_start());
    if !after.is_empty() && !after.starts_with(COMMENT_MARKS) {
        let what = format!("{} follows the name of the section", shown(after));
        return Err(unfinished(wrong(what), name));
    }
    if name.is_empty() {
        return Err(unfinished(wrong("the section has no name".to_owned()), name));
    }
    Ok(name)
}

/// A header whose name can be told all the same, unless it is empty.
fn unfinished(wrong: Wrong, name: &str) -> Mistake<'_> {
    Mistake {
        wrong,
        next: Place::BadSection,
        meant: (!name.is_empty()).then_some(Line::Header(name)),
    }
}

fn setting(trimmed: &str) -> Result<Option<Line<'_>>, Wrong> {
    let Some((key, value)) = trimmed.split_once(['=', ':']) else {
        let wrong = Wrong::new(
            format!("{} is neither a setting nor a section", shown(trimmed)),
            "`key = value`",
        );
        return Err(wrong);
    };
    match key.trim() {
        "" => Err(Wrong::new("no key stands before the value", "`key = value`")),
        key if key.starts_with(COMMENT_MARKS) => Ok(None),
        key => Ok(Some(Line::Setting(key, without_comment(value.trim())))),
    }
}

/// As the old parser did it: the first `;` of the value, if white space stands before it, begins a comment.
fn without_comment(value: &str) -> &str {
    let value = match value.split_once(';') {
        Some((before, _)) if before.is_empty() || before.ends_with(char::is_whitespace) => before.trim_end(),
        _ => value,
    };
    if value == "\"\"" { "" } else { value }
}

fn stands_before_sections(trimmed: &str) -> Wrong {
    Wrong::new(
        format!("{} stands above the first section", shown(trimmed)),
        "a section such as `[rbit]` first",
    )
}

/// A line break that only some programs see, or a character that moves the cursor, would make the file lie.
fn check_characters(line: &str) -> Result<(), Wrong> {
    match line.chars().find(|c| c.is_control() && *c != '\t') {
        Some(c) => Err(Wrong::new(
            format!("the line holds the control character U+{:04X}", u32::from(c)),
            "plain text",
        )),
        None => Ok(()),
    }
}

/// Python 2 took a line that begins with the word `rem` for a comment.
fn is_remark(line: &str) -> bool {
    line.split_whitespace()
        .next()
        .is_some_and(|word| word.eq_ignore_ascii_case("rem") && line.starts_with(word))
}
