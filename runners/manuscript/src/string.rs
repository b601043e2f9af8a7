//! Texts as typst's strings.

use std::fmt::Write as _;

/// A string literal of this text. Everything that could be more than a letter is given by its number.
pub(crate) fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => literal.extend(['\\', letter]),
            letter if letter.is_control() => {
                let _ = write!(literal, "\\u{{{:x}}}", u32::from(letter));
            }
            letter => literal.push(letter),
        }
    }
    literal.push('"');
    literal
}

/// A text in markup: a string that is an expression of its own.
pub(crate) fn text(text: &str) -> String {
    format!("#{};", literal(text))
}

/// A letter in a formula, by its number.
pub(crate) fn letter(letter: char) -> String {
    format!("\\u{{{:x}}} ", u32::from(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_string() {
        assert_eq!(literal(r#"a"b\c"#), r#""a\"b\\c""#);
        assert_eq!(literal("\\\" #panic()"), r#""\\\" #panic()""#);
        assert_eq!(literal("\n\u{0}"), r#""\u{a}\u{0}""#);
        assert_eq!(text("$x$"), "#\"$x$\";");
        assert_eq!(letter(','), "\\u{2c} ");
    }
}
