//! Two texts, line by line.

use similar::{ChangeTag, TextDiff};

/// What differs: `-` before a line that is missing, `+` before one that was not expected. A line end that only one of them has is named.
pub(super) fn difference(expected: &str, found: &str) -> String {
    let diff = TextDiff::from_lines(expected, found);
    let mut lines = Vec::new();
    for group in diff.grouped_ops(CONTEXT) {
        if !lines.is_empty() {
            lines.push("  …".to_owned());
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            lines.push(format!("{sign} {}", shown(change.value())));
            if change.missing_newline() {
                lines.push("  (no line end)".to_owned());
            }
        }
    }
    if lines.len() > MAX_LINES {
        let more = lines.len() - MAX_LINES;
        lines.truncate(MAX_LINES);
        lines.push(format!("  … {more} more lines"));
    }
    lines.join("\n")
}

/// A line without its end, fit for a terminal and of bounded length.
fn shown(line: &str) -> String {
    let line = line.strip_suffix('\n').unwrap_or(line);
    let mut shown: String = line.chars().take(MAX_LINE).flat_map(escaped).collect();
    if line.chars().nth(MAX_LINE).is_some() {
        shown.push('…');
    }
    shown
}

fn escaped(c: char) -> Box<dyn Iterator<Item = char>> {
    match c.is_control() && c != '\t' {
        true => Box::new(c.escape_default()),
        false => Box::new(std::iter::once(c)),
    }
}

/// Equal lines around each difference.
const CONTEXT: usize = 2;
/// Lines that are shown.
const MAX_LINES: usize = 60;
/// Characters of a line that are shown.
const MAX_LINE: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_shown_with_what_is_around_it() {
        let expected = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n";
        let found = "1\nzwei\n3\n4\n5\n6\n7\n8\n9\nzehn\n";
        let text = difference(expected, found);
        assert_eq!(text, "  1\n- 2\n+ zwei\n  3\n  4\n  …\n  8\n  9\n- 10\n+ zehn");
    }

    #[test]
    fn a_missing_line_end_is_named_and_control_characters_are_escaped() {
        assert_eq!(difference("a\n", "a"), "- a\n+ a\n  (no line end)");
        assert_eq!(difference("a\n", "\u{1b}[2J\n"), "- a\n+ \\u{1b}[2J");
    }

    #[test]
    fn what_is_long_is_cut() {
        let text = difference("", &"x\n".repeat(1000));
        assert_eq!(text.lines().count(), MAX_LINES + 1);
        assert!(text.ends_with("  … 940 more lines"));
        assert!(difference("", &"x".repeat(1000)).len() < 400);
    }
}
