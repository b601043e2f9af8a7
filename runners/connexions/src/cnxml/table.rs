//! Tables, made into whole grids: whoever sets them need not look for holes and overlaps.

use super::Reader;
use crate::{
    document::{Entry, Table},
    xml::Element,
};

impl Reader<'_> {
    /// A table, with all its groups under each other.
    pub(super) fn table(&mut self, element: &Element) -> Table {
        let (mut head, mut body) = (vec![], vec![]);
        for group in element.elements().filter(|inner| inner.name == "tgroup") {
            let columns = Columns::of(group);
            for part in group.elements() {
                let rows = part.elements().filter(|row| row.name == "row");
                let rows = rows.map(|row| self.row(row, &columns));
                match part.name.as_str() {
                    "thead" if body.is_empty() => head.extend(rows),
                    "thead" | "tbody" | "tfoot" => body.extend(rows),
                    _ => {}
                }
            }
        }
        let columns = head.iter().chain(&body).map(width).max().unwrap_or(0).clamp(1, WIDEST);
        // Entries that reach down make rows below them narrower than they count, so the widest row has room for all.
        Table {
            columns,
            head: grid(head, columns),
            body: grid(body, columns),
            summary: element.attribute("summary").unwrap_or_default().to_owned(),
        }
    }

    fn row(&mut self, row: &Element, columns: &Columns) -> Vec<Entry> {
        let entries = row
            .elements()
            .filter(|entry| matches!(entry.name.as_str(), "entry" | "entrytbl"));
        entries
            .map(|entry| {
                let further = entry
                    .attribute("morerows")
                    .and_then(|count| count.parse::<usize>().ok());
                Entry {
                    columns: columns.spanned(entry),
                    rows: further.unwrap_or(0).saturating_add(1),
                    line: self.line_of(entry),
                }
            })
            .collect()
    }
}

/// The names of columns, in their order.
struct Columns(Vec<String>);

impl Columns {
    fn of(group: &Element) -> Self {
        let columns = group.elements().filter(|inner| inner.name == "colspec");
        Self(
            columns
                .map(|column| column.attribute("colname").unwrap_or_default().to_owned())
                .collect(),
        )
    }

    fn spanned(&self, entry: &Element) -> usize {
        let place = |name: &str| {
            let name = entry.attribute(name)?;
            self.0.iter().position(|column| column == name)
        };
        match (place("namest"), place("nameend")) {
            (Some(first), Some(last)) if last >= first => last - first + 1,
            _ => 1,
        }
    }
}

#[expect(clippy::ptr_arg, reason = "it is passed to an iterator of rows")]
fn width(row: &Vec<Entry>) -> usize {
    row.iter().map(|entry| entry.columns).sum()
}

/// Makes rows fill a grid: entries end at its edges, what has no room is left out, and gaps get empty entries.
fn grid(rows: Vec<Vec<Entry>>, columns: usize) -> Vec<Vec<Entry>> {
    let count = rows.len();
    // For how many rows from here each column is taken by an entry from above.
    let mut taken = vec![0_usize; columns];
    let mut whole = vec![];
    for (number, row) in rows.into_iter().enumerate() {
        let mut entries = row.into_iter();
        let mut line = vec![];
        let mut column = 0;
        while column < columns {
            if taken.get(column).is_some_and(|rows| *rows > 0) {
                column += 1;
                continue;
            }
            let mut entry = entries.next().unwrap_or_default();
            let free = taken.iter().skip(column).take_while(|rows| **rows == 0).count();
            entry.columns = entry.columns.clamp(1, free.max(1));
            entry.rows = entry.rows.clamp(1, count - number);
            taken
                .iter_mut()
                .skip(column)
                .take(entry.columns)
                .for_each(|rows| *rows = entry.rows);
            column += entry.columns;
            line.push(entry);
        }
        taken.iter_mut().for_each(|rows| *rows = rows.saturating_sub(1));
        whole.push(line);
    }
    whole
}

/// Columns that a page could show.
const WIDEST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(columns: usize, rows: usize) -> Entry {
        Entry {
            columns,
            rows,
            line: vec![],
        }
    }

    /// How many places of a grid are covered, each once.
    fn covered(rows: &[Vec<Entry>]) -> usize {
        rows.iter().flatten().map(|entry| entry.columns * entry.rows).sum()
    }

    #[test]
    fn holes_are_filled_and_what_reaches_out_is_cut() {
        let cases = [
            (vec![vec![entry(1, 1)], vec![entry(1, 1), entry(1, 1)]], 2),
            (vec![vec![entry(5, 1)]], 3),
            (vec![vec![entry(1, 9), entry(1, 1)], vec![entry(2, 1)], vec![]], 2),
            (vec![vec![entry(1, 1), entry(1, 2)], vec![entry(3, 1)]], 3),
            (vec![vec![entry(1, 1); 9]], 2),
        ];
        for (rows, columns) in cases {
            let count = rows.len();
            assert_eq!(covered(&grid(rows.clone(), columns)), count * columns, "{rows:?}");
        }
    }
}
