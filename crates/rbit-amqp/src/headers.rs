//! Values of message headers.

use lapin::types::{AMQPValue, FieldTable};

/// A value as a number, whichever of AMQP's integers it is.
pub(crate) fn as_integer(value: &AMQPValue) -> Option<i64> {
    match value {
        AMQPValue::ShortShortInt(number) => Some((*number).into()),
        AMQPValue::ShortShortUInt(number) => Some((*number).into()),
        AMQPValue::ShortInt(number) => Some((*number).into()),
        AMQPValue::ShortUInt(number) => Some((*number).into()),
        AMQPValue::LongInt(number) => Some((*number).into()),
        AMQPValue::LongUInt(number) => Some((*number).into()),
        AMQPValue::LongLongInt(number) => Some(*number),
        _ => None,
    }
}

/// A value for people.
pub(crate) fn as_text(value: &AMQPValue) -> String {
    match value {
        AMQPValue::LongString(text) => text.to_string(),
        AMQPValue::ShortString(text) => text.to_string(),
        other => as_integer(other).map_or_else(|| format!("{other:?}"), |number| number.to_string()),
    }
}

/// About how many bytes a table takes on the wire, never less than it does.
pub(crate) fn table_size(table: &FieldTable) -> usize {
    LENGTH
        + table
            .into_iter()
            .map(|(name, value)| 1 + name.as_str().len() + value_size(value))
            .sum::<usize>()
}

fn value_size(value: &AMQPValue) -> usize {
    let content = match value {
        AMQPValue::LongString(text) => LENGTH + text.len(),
        AMQPValue::ShortString(text) => LENGTH + text.as_str().len(),
        AMQPValue::ByteArray(bytes) => LENGTH + bytes.len(),
        AMQPValue::FieldTable(table) => table_size(table),
        AMQPValue::FieldArray(array) => LENGTH + array.as_slice().iter().map(value_size).sum::<usize>(),
        _ => LARGEST_SCALAR,
    };
    TYPE + content
}

const TYPE: usize = 1;
const LENGTH: usize = 4;
const LARGEST_SCALAR: usize = 8;

#[cfg(test)]
mod tests {
    use lapin::types::FieldArray;

    use super::*;

    #[test]
    fn every_kind_of_integer_is_a_number() {
        let values = [
            AMQPValue::ShortShortInt(-3),
            AMQPValue::ShortShortUInt(3),
            AMQPValue::ShortInt(3),
            AMQPValue::ShortUInt(3),
            AMQPValue::LongInt(3),
            AMQPValue::LongUInt(3),
            AMQPValue::LongLongInt(3),
        ];
        assert!(values.iter().all(|value| as_integer(value).map(i64::abs) == Some(3)));
        assert_eq!(as_integer(&AMQPValue::LongString("3".into())), None);
    }

    #[test]
    fn texts_and_numbers_read_as_themselves() {
        assert_eq!(as_text(&AMQPValue::LongString("a b".into())), "a b");
        assert_eq!(as_text(&AMQPValue::LongUInt(17)), "17");
    }

    #[test]
    fn the_size_of_a_table_counts_what_is_nested_in_it() {
        let mut inner = FieldTable::default();
        inner.insert("key".into(), AMQPValue::ByteArray(vec![0; 1000].into()));
        let array = FieldArray::from(vec![AMQPValue::FieldTable(inner.clone()), AMQPValue::FieldTable(inner)]);
        let mut table = FieldTable::default();
        table.insert("deaths".into(), AMQPValue::FieldArray(array));
        let size = table_size(&table);
        assert!((2000..2100).contains(&size), "{size}");
    }
}
