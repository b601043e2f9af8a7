//! Methods that carry names from a producer: where a message was sent to.

use super::cursor::Cursor;

/// The payload of a method with names that are UTF-8; `None` if they are, or if it is another method.
pub(super) fn mended(payload: &[u8]) -> Option<Vec<u8>> {
    let mut payload = payload.to_vec();
    let mut cursor = Cursor::new(&mut payload);
    if cursor.short()? != BASIC {
        return None;
    }
    match cursor.short()? {
        DELIVER => {
            cursor.text()?;
            cursor.skip(TAG + FLAG)?;
        }
        GET_OK => cursor.skip(TAG + FLAG)?,
        RETURN => {
            cursor.skip(CODE)?;
            cursor.text()?;
        }
        _ => return None,
    }
    // Exchange and routing key.
    cursor.text()?;
    cursor.text()?;
    cursor.is_changed.then_some(payload)
}

const BASIC: u16 = 60;
const RETURN: u16 = 50;
const DELIVER: u16 = 60;
const GET_OK: u16 = 71;

const TAG: usize = 8;
const FLAG: usize = 1;
const CODE: usize = 2;
