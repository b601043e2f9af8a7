//! Tables of headers.

use super::cursor::Cursor;

/// Mends the names in the entries of a table and of those in it. `None` if it cannot be read, or is too deep.
pub(super) fn mend(entries: &mut Cursor<'_>, depth: usize) -> Option<()> {
    while !entries.is_at_end() {
        entries.text()?;
        value(entries, depth)?;
    }
    Some(())
}

fn value(cursor: &mut Cursor<'_>, depth: usize) -> Option<()> {
    // The letters are those of RabbitMQ, which differ from the specification's.
    match cursor.octet()? {
        b'V' => Some(()),
        b't' | b'b' | b'B' => cursor.skip(1),
        b's' | b'U' | b'u' => cursor.skip(2),
        b'I' | b'i' | b'f' => cursor.skip(4),
        b'D' => cursor.skip(5),
        b'L' | b'l' | b'd' | b'T' => cursor.skip(8),
        b'S' | b'x' => cursor.long().and_then(|length| cursor.skip(length)),
        b'F' => nested(cursor, depth, mend),
        b'A' => nested(cursor, depth, values),
        _ => None,
    }
}

fn values(array: &mut Cursor<'_>, depth: usize) -> Option<()> {
    while !array.is_at_end() {
        value(array, depth)?;
    }
    Some(())
}

fn nested(
    cursor: &mut Cursor<'_>,
    depth: usize,
    mend: impl FnOnce(&mut Cursor<'_>, usize) -> Option<()>,
) -> Option<()> {
    let length = cursor.long()?;
    let mut inner = Cursor::new(cursor.take(length)?);
    let deeper = depth.checked_add(1).filter(|deeper| *deeper < MAX_DEPTH)?;
    mend(&mut inner, deeper)?;
    cursor.is_changed |= inner.is_changed;
    Some(())
}

/// The broker's own tables about dead letters are three deep.
const MAX_DEPTH: usize = 16;
