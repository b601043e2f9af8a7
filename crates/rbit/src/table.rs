//! Text in columns.

/// Lays rows out in columns as wide as their widest cell, two spaces apart, without trailing blanks.
pub(crate) fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row: &Vec<String>| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..count).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<_> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The beginning of a text that somebody else wrote, fit for a terminal.
pub(crate) fn shown(text: &str, max_chars: usize) -> String {
    let mut shown = String::new();
    for c in text.chars().take(max_chars) {
        match c {
            // They harm no terminal, and texts of others are full of them.
            '"' | '\'' | '\\' => shown.push(c),
            _ => shown.extend(c.escape_debug()),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_as_wide_as_its_widest_cell() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let text = columns(&[row(["a", "bb", "c"]), row(["aaa", "b", ""])]);
        assert_eq!(text, "a    bb  c\naaa  b");
    }

    #[test]
    fn a_text_is_cut_and_its_control_characters_are_escaped() {
        assert_eq!(shown("a\u{1b}[2Jb", 4), "a\\u{1b}[2");
        assert_eq!(shown("it's \"C:\\\"\n", 99), "it's \"C:\\\"\\n");
    }
}
