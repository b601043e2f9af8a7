//! Group commit: calls that wait at the same moment are carried out in one transaction.

use std::{collections::VecDeque, sync::Arc};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::mpsc;

use super::{Call, place::Place};

/// Carries out calls until there can be no more.
pub(super) fn serve(mut connection: Connection, mut accepted: mpsc::Receiver<Call>) {
    let place = Place::of(&connection);
    while let Some(first) = accepted.blocking_recv() {
        let mut group = VecDeque::from([first]);
        while group.len() < MAX_GROUP
            && let Ok(call) = accepted.try_recv()
        {
            group.push_back(call);
        }
        while !group.is_empty() {
            match place.as_ref().map_or(Ok(()), Place::check) {
                Ok(()) => carry_out(&mut connection, &mut group),
                Err(error) => refuse(&mut group, &error),
            }
        }
    }
}

/// Carries out the calls of a group in one transaction, then answers them.
///
/// When SQLite gives the transaction up on the way, as it may with a full disk, the calls up to there are answered with that, and
/// the rest stays in the group.
fn carry_out(connection: &mut Connection, group: &mut VecDeque<Call>) {
    let behavior = behavior(group);
    let mut transaction = match connection.transaction_with_behavior(behavior) {
        Ok(transaction) => transaction,
        Err(error) => return refuse(group, &Arc::new(error)),
    };
    let mut answers = Vec::with_capacity(group.len());
    while let Some(call) = group.pop_front() {
        answers.push((call.carry_out)(Ok(&mut transaction)));
        if transaction.is_autocommit() {
            break;
        }
    }
    let committed = transaction.commit().map_err(Arc::new);
    for answer in answers {
        answer(committed.clone());
    }
}

/// A transaction that reads first and writes then would not wait for another process, but fail; one that only reads need not wait.
fn behavior(group: &VecDeque<Call>) -> TransactionBehavior {
    if group.iter().any(|call| call.writes) {
        TransactionBehavior::Immediate
    } else {
        TransactionBehavior::Deferred
    }
}

fn refuse(group: &mut VecDeque<Call>, error: &Arc<rusqlite::Error>) {
    for call in group.drain(..) {
        (call.carry_out)(Err(Arc::clone(error)))(Ok(()));
    }
}

/// As many as the database accepts at a time.
const MAX_GROUP: usize = super::MAX_ACCEPTED;

#[cfg(test)]
mod tests {
    use std::sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::Receiver,
    };

    use super::{super::Database, *};
    use crate::DatabaseError;

    /// A table `t`, and how many transactions were committed since it was made.
    fn counted() -> (Database, Arc<AtomicUsize>) {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (x UNIQUE)").unwrap();
        let commits = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&commits);
        let count = move || {
            counter.fetch_add(1, Ordering::SeqCst);
            false
        };
        connection.commit_hook(Some(count)).unwrap();
        (Database::start(connection).unwrap(), commits)
    }

    /// Keeps the thread busy until the sender is used or dropped, so that later calls have to wait together.
    async fn occupy(database: &Database) -> std::sync::mpsc::Sender<()> {
        let (let_go, wait): (_, Receiver<()>) = std::sync::mpsc::channel();
        let begun = Arc::new(tokio::sync::Notify::new());
        let tell = Arc::clone(&begun);
        let work = move |_: &Connection| {
            tell.notify_one();
            // An error says that the other end was dropped.
            let _ = wait.recv();
            Ok(())
        };
        drop(database.submit(work, ()).await.unwrap());
        begun.notified().await;
        let_go
    }

    fn insert(x: i64) -> impl FnOnce(&Connection) -> Result<(), DatabaseError> + Send + 'static {
        move |connection| {
            connection.execute("INSERT INTO t VALUES (?1)", [x])?;
            Ok(())
        }
    }

    async fn rows(database: &Database) -> Vec<i64> {
        let look = |connection: &Connection| {
            let mut statement = connection.prepare("SELECT x FROM t ORDER BY x")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        database.read(look).await.unwrap()
    }

    #[tokio::test]
    async fn calls_that_wait_together_share_one_commit() {
        let (database, commits) = counted();
        let occupied = occupy(&database).await;
        let mut answers = Vec::new();
        for x in 0..MAX_GROUP as i64 {
            answers.push(database.submit(insert(x), ()).await.unwrap());
        }
        drop(occupied);
        for answer in answers {
            answer.await.unwrap().unwrap();
        }
        assert_eq!(
            commits.load(Ordering::SeqCst),
            2,
            "the one that kept the thread busy, and the group"
        );
        assert_eq!(rows(&database).await.len(), MAX_GROUP);
    }

    #[tokio::test]
    async fn a_call_that_fails_takes_back_its_own_work_and_no_other() {
        let (database, _) = counted();
        let occupied = occupy(&database).await;
        let first = database.submit(insert(1), ()).await.unwrap();
        let half_done = |connection: &Connection| {
            connection.execute("INSERT INTO t VALUES (2)", [])?;
            connection.execute("INSERT INTO t VALUES (1)", [])?;
            Ok(())
        };
        let failed = database.submit(half_done, ()).await.unwrap();
        let last = database.submit(insert(3), ()).await.unwrap();
        drop(occupied);
        first.await.unwrap().unwrap();
        failed.await.unwrap().unwrap_err();
        last.await.unwrap().unwrap();
        assert_eq!(rows(&database).await, [1, 3]);
    }

    #[tokio::test]
    async fn nobody_is_told_that_his_work_is_done_when_the_transaction_was_lost() {
        let (database, _) = counted();
        let occupied = occupy(&database).await;
        let before = database.submit(insert(1), ()).await.unwrap();
        let lose = |connection: &Connection| Ok(connection.execute_batch("ROLLBACK")?);
        let loser = database.submit(lose, ()).await.unwrap();
        let after = database.submit(insert(3), ()).await.unwrap();
        drop(occupied);
        let told = before.await.unwrap();
        assert!(matches!(told, Err(DatabaseError::Transaction(_))), "{told:?}");
        loser.await.unwrap().unwrap_err();
        after.await.unwrap().unwrap();
        assert_eq!(rows(&database).await, [3]);
    }

    #[tokio::test]
    async fn a_call_is_answered_only_after_the_commit() {
        let (database, commits) = counted();
        let seen = Arc::clone(&commits);
        struct Guard(Arc<AtomicUsize>, Arc<AtomicUsize>);
        impl Drop for Guard {
            fn drop(&mut self) {
                self.1.store(self.0.load(Ordering::SeqCst), Ordering::SeqCst);
            }
        }
        let commits_at_end = Arc::new(AtomicUsize::new(0));
        let guard = Guard(seen, Arc::clone(&commits_at_end));
        database.submit(insert(1), guard).await.unwrap().await.unwrap().unwrap();
        // The guard goes after the answer; the next call comes after both.
        assert_eq!(rows(&database).await, [1]);
        assert_eq!(commits_at_end.load(Ordering::SeqCst), 1);
    }
}
