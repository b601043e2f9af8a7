//! How values of Rust become values of SQLite and back.

use std::error::Error;

use jiff::Timestamp;
use rusqlite::{Row, types::Type};
use serde::{Serialize, de::DeserializeOwned};

/// Microseconds since the Unix epoch: what columns of time hold.
pub(crate) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// Reads a column of time.
pub(crate) fn time(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Timestamp> {
    Timestamp::from_microsecond(row.get(column)?).map_err(|source| unreadable(column, Type::Integer, source))
}

/// Reads a column of time that may be null.
pub(crate) fn time_if_any(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Option<Timestamp>> {
    let micros: Option<i64> = row.get(column)?;
    micros.map(|_| time(row, column)).transpose()
}

/// The JSON text of a value.
pub(crate) fn json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|source| rusqlite::Error::ToSqlConversionFailure(Box::new(source)))
}

/// Reads a column of JSON text.
pub(crate) fn from_json<T: DeserializeOwned>(row: &Row<'_>, column: &'static str) -> rusqlite::Result<T> {
    parsed(row, column, |text| serde_json::from_str(&text))
}

/// Reads a column of JSON text that may be null.
pub(crate) fn from_json_if_any<T: DeserializeOwned>(
    row: &Row<'_>,
    column: &'static str,
) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    text.map(|_| from_json(row, column)).transpose()
}

/// Reads a column of text that stands for something else.
pub(crate) fn parsed<T, E: Error + Send + Sync + 'static>(
    row: &Row<'_>,
    column: &'static str,
    parse: impl FnOnce(String) -> Result<T, E>,
) -> rusqlite::Result<T> {
    parse(row.get(column)?).map_err(|source| unreadable(column, Type::Text, source))
}

fn unreadable(column: &'static str, kind: Type, source: impl Error + Send + Sync + 'static) -> rusqlite::Error {
    let source = UnreadableColumn {
        column,
        source: Box::new(source),
    };
    rusqlite::Error::FromSqlConversionFailure(0, kind, Box::new(source))
}

/// A stored value that is none of the values its column may hold.
#[derive(Debug, thiserror::Error)]
#[error("column `{column}` cannot be read")]
struct UnreadableColumn {
    column: &'static str,
    #[source]
    source: Box<dyn Error + Send + Sync>,
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn a_time_is_read_back_to_the_microsecond() {
        let written: Timestamp = "2026-03-01T12:34:56.123456Z".parse().unwrap();
        let connection = Connection::open_in_memory().unwrap();
        let read = connection.query_one("SELECT ?1 AS at", [micros(written)], |row| time(row, "at"));
        assert_eq!(read.unwrap(), written);
    }

    #[test]
    fn a_value_that_cannot_be_read_names_its_column() {
        let connection = Connection::open_in_memory().unwrap();
        let read = connection.query_one("SELECT '{' AS outcome", [], |row| from_json::<u32>(row, "outcome"));
        let error = read.unwrap_err();
        assert!(error.source().unwrap().to_string().contains("`outcome`"), "{error:?}");
    }
}
