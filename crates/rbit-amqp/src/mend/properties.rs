//! The properties of a message.

use super::{cursor::Cursor, table};

/// The payload of a content header that lapin can read; `None` if it is one already, or of no known form.
///
/// A text that is not UTF-8 gets question marks, but an id is left out: with question marks, different ids may become the same. Tables
/// that cannot be read are left out, too.
pub(super) fn mended(payload: &[u8]) -> Option<Vec<u8>> {
    let (head, properties) = payload.split_at_checked(HEAD)?;
    let (fixed, flags) = head.split_at_checked(HEAD - FLAGS)?;
    let mut flags = u16::from_be_bytes(*flags.first_chunk()?);
    let mut properties = properties.to_vec();
    let mut cursor = Cursor::new(&mut properties);
    let (mut kept, mut is_changed) = (Vec::new(), false);
    for (index, form) in FORMS.iter().enumerate() {
        let flag = FIRST_FLAG >> index;
        if flags & flag == 0 {
            continue;
        }
        let bytes = form.take(&mut cursor)?;
        let (mended, is_readable) = form.mend(bytes);
        if is_readable {
            kept.extend_from_slice(bytes);
        } else {
            flags &= !flag;
        }
        is_changed |= mended || !is_readable;
    }
    let is_whole = cursor.is_at_end();
    (is_whole && is_changed).then(|| [fixed, &flags.to_be_bytes(), &kept].concat())
}

/// How a property is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Id,
    Table,
    Octet,
    Time,
}

impl Form {
    fn take<'a>(self, cursor: &mut Cursor<'a>) -> Option<&'a mut [u8]> {
        let length = match self {
            Self::Text | Self::Id => 1 + usize::from(cursor.peek(1)?.first().copied()?),
            Self::Table => 4 + u32::from_be_bytes(*cursor.peek(4)?.first_chunk()?) as usize,
            Self::Octet => 1,
            Self::Time => 8,
        };
        cursor.take(length)
    }

    /// Mends it in place. Whether that was needed, and whether it can be read now.
    fn mend(self, bytes: &mut [u8]) -> (bool, bool) {
        let mut cursor = Cursor::new(bytes);
        let read = match self {
            Self::Text | Self::Id => cursor.text(),
            Self::Table => cursor.skip(4).and_then(|()| table::mend(&mut cursor, 0)),
            Self::Octet | Self::Time => Some(()),
        };
        let is_id_kept = self != Self::Id || !cursor.is_changed;
        (cursor.is_changed, read.is_some() && is_id_kept)
    }
}

/// From content type to cluster id, in the order of their flags.
const FORMS: [Form; 14] = [
    Form::Text,
    Form::Text,
    Form::Table,
    Form::Octet,
    Form::Octet,
    Form::Text,
    Form::Text,
    Form::Text,
    Form::Id,
    Form::Time,
    Form::Text,
    Form::Text,
    Form::Text,
    Form::Text,
];

const FIRST_FLAG: u16 = 1 << 15;

/// Class, weight, size of the body, and flags.
const HEAD: usize = 14;
const FLAGS: usize = 2;
