//! The tables, and how a file of an older rbit gets them.

use rusqlite::{Connection, TransactionBehavior};

/// The newest schema: the number of migrations. `PRAGMA user_version` says which one a file has.
pub(crate) const VERSION: i64 = MIGRATIONS.len() as i64;

/// Why a file cannot be brought to [`VERSION`].
#[derive(Debug)]
pub(crate) enum MigrateError {
    TooNew { found: i64 },
    Refused { version: i64, source: rusqlite::Error },
}

/// Brings the tables to [`VERSION`], one step after another, each whole or not at all.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), MigrateError> {
    loop {
        let version = version(connection).map_err(|source| MigrateError::Refused { version: 0, source })?;
        if !(0..=VERSION).contains(&version) {
            return Err(MigrateError::TooNew { found: version });
        }
        if version == VERSION {
            return Ok(());
        }
        step(connection, version).map_err(|source| MigrateError::Refused { version, source })?;
    }
}

/// One migration, unless another process has done it meanwhile.
fn step(connection: &mut Connection, from: i64) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let statements = usize::try_from(from).ok().and_then(|index| MIGRATIONS.get(index));
    if let Some(statements) = statements
        && version(&transaction)? == from
    {
        transaction.execute_batch(statements)?;
        transaction.pragma_update(None, "user_version", from + 1)?;
    }
    transaction.commit()
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// What leads from each version to the next. A file once released is never edited, only followed by another.
const MIGRATIONS: [&str; 5] = [
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_gets_all_tables_and_a_second_time_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        migrate(&mut connection).unwrap();
        assert_eq!(version(&connection).unwrap(), VERSION);
        for table in [
            "jobs",
            "attempts",
            "outbox",
            "messages",
            "cancellations",
            "commands",
            "events",
        ] {
            let count = connection.query_one(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0));
            assert_eq!(count, Ok(0), "{table}");
        }
    }

    #[test]
    fn reports_of_an_older_file_get_the_front_end_that_they_name() {
        let mut connection = Connection::open_in_memory().unwrap();
        for statements in &MIGRATIONS[..3] {
            connection.execute_batch(statements).unwrap();
        }
        connection.pragma_update(None, "user_version", 3).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap(); // These reports belong to no row of the journal.
        for report in [r#"{"web_host": "pybit:8080"}"#, r#"{"web_host": null}"#] {
            let insert = "INSERT INTO outbox (life, job, report, created, next_try) VALUES (1, '4', ?1, 0, 0)";
            connection.execute(insert, [report]).unwrap();
        }
        migrate(&mut connection).unwrap();
        let mut statement = connection.prepare("SELECT web_host FROM outbox ORDER BY id").unwrap();
        let hosts: Result<Vec<Option<String>>, _> = statement.query_map([], |row| row.get(0)).unwrap().collect();
        assert_eq!(hosts.unwrap(), [Some("pybit:8080".to_owned()), None]);
    }

    #[test]
    fn a_schema_from_the_future_is_refused_and_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", VERSION + 1).unwrap();
        let refused = migrate(&mut connection);
        assert!(
            matches!(refused, Err(MigrateError::TooNew { found }) if found == VERSION + 1),
            "{refused:?}"
        );
        assert_eq!(version(&connection).unwrap(), VERSION + 1);
    }

    #[test]
    fn a_migration_that_fails_leaves_the_file_as_it_was() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE messages (somebody_elses)")
            .unwrap();
        let refused = migrate(&mut connection);
        assert!(
            matches!(refused, Err(MigrateError::Refused { version: 0, .. })),
            "{refused:?}"
        );
        assert_eq!(version(&connection).unwrap(), 0);
        assert!(connection.execute_batch("SELECT * FROM jobs").is_err());
    }
}
