//! Texts that may hold a guest's words, made fit for a log and a page.

/// The text in at most about `max_bytes`, on one line, with nothing in it that a terminal would obey.
pub fn printable(text: &str, max_bytes: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(max_bytes));
    for c in text.chars() {
        if shown.len() >= max_bytes {
            shown.push('…');
            break;
        }
        push_printable(&mut shown, c);
    }
    shown
}

/// One character, escaped if it could move the cursor, end the line or turn the direction of writing.
pub fn push_printable(text: &mut String, c: char) {
    if c.is_control() || turns_text(c) {
        text.extend(c.escape_default());
    } else {
        text.push(c);
    }
}

/// A number of bytes in the units of the INI file where it is a round one.
pub fn bytes(count: u64) -> String {
    match count {
        0 => "0 bytes".into(),
        _ if count.is_multiple_of(1 << 30) => format!("{} GiB", count >> 30),
        _ if count.is_multiple_of(1 << 20) => format!("{} MiB", count >> 20),
        _ if count.is_multiple_of(1 << 10) => format!("{} KiB", count >> 10),
        _ => format!("{count} bytes"),
    }
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Line and paragraph separators, and the marks with which text can be made to read as what it is not.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Bytes of a guest's text that go into an outcome.
pub const MAX_REASON: usize = 16 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_turned_writing_are_shown_escaped() {
        assert_eq!(
            printable("a\tb\u{1b}[2J\nc\u{202e}d\u{7f}", 99),
            r"a\tb\u{1b}[2J\nc\u{202e}d\u{7f}"
        );
        assert_eq!(printable("größer ☃", 99), "größer ☃");
    }

    #[test]
    fn a_long_text_is_cut_with_a_mark() {
        assert_eq!(printable("abcdef", 4), "abcd…");
        assert_eq!(printable("abcd", 4), "abcd");
    }

    #[test]
    fn bytes_are_written_as_in_the_configuration() {
        assert_eq!(
            [0, 1, 1536, 1 << 20, 3 << 30].map(bytes),
            ["0 bytes", "1 bytes", "1536 bytes", "1 MiB", "3 GiB"]
        );
    }
}
