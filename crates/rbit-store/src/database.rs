//! The thread that talks to SQLite.

mod group;
mod place;

use std::{io, sync::Arc, thread};

use rusqlite::{Connection, Transaction};
use tokio::sync::{mpsc, oneshot};

use crate::DatabaseError;

/// A connection on a thread of its own: SQLite blocks, for an fsync or for another process, and must not block a runtime.
///
/// Calls are carried out one after another in the order in which they were accepted. Those that wait at the same moment share one
/// transaction, and so one fsync: each is whole or not at all, and is answered when the transaction is on the disk. The thread
/// ends with the last handle.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    calls: mpsc::Sender<Call>,
}

/// The answer to a call that was accepted; the call is carried out whether or not anybody waits for it.
pub(crate) type Answer<T> = oneshot::Receiver<Result<T, DatabaseError>>;

impl Database {
    /// Hands the connection to a new thread.
    pub(crate) fn start(connection: Connection) -> io::Result<Self> {
        let (calls, accepted) = mpsc::channel(MAX_ACCEPTED);
        let thread = thread::Builder::new().name("rbit-store".to_owned());
        thread.spawn(move || group::serve(connection, accepted))?;
        Ok(Self { calls })
    }

    /// Carries out work that changes nothing, and waits for its result.
    pub(crate) async fn read<T, W>(&self, work: W) -> Result<T, DatabaseError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, DatabaseError> + Send + 'static,
    {
        let answer = self.accept(|answer| Call::reading(work, answer)).await?;
        answer.await.map_err(|_| DatabaseError::ThreadEnded)?
    }

    /// Carries out work that changes something, all or nothing, and waits for its result.
    pub(crate) async fn write<T, W>(&self, work: W) -> Result<T, DatabaseError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, DatabaseError> + Send + 'static,
    {
        let answer = self.submit(work, ()).await?;
        answer.await.map_err(|_| DatabaseError::ThreadEnded)?
    }

    /// Has such work accepted, and gives its answer to wait for. `guard` is dropped when the work is on the disk or has failed.
    /// Cancel safe: a future that is dropped submitted nothing.
    pub(crate) async fn submit<T, W>(&self, work: W, guard: impl Send + 'static) -> Result<Answer<T>, DatabaseError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, DatabaseError> + Send + 'static,
    {
        self.accept(|answer| Call::writing(work, answer, guard)).await
    }

    async fn accept<T>(
        &self,
        call: impl FnOnce(oneshot::Sender<Result<T, DatabaseError>>) -> Call,
    ) -> Result<Answer<T>, DatabaseError> {
        let place = self.calls.reserve().await.map_err(|_| DatabaseError::ThreadEnded)?;
        let (answer, answered) = oneshot::channel();
        place.send(call(answer));
        Ok(answered)
    }
}

/// Work for the thread.
struct Call {
    writes: bool,
    carry_out: Box<dyn FnOnce(Begun<'_, '_>) -> Finish + Send>,
}

/// The transaction to work in, or why there is none.
type Begun<'a, 'c> = Result<&'a mut Transaction<'c>, Arc<rusqlite::Error>>;

/// Answers a call that was carried out, once it is known what became of the transaction.
type Finish = Box<dyn FnOnce(Result<(), Arc<rusqlite::Error>>)>;

impl Call {
    fn reading<T, W>(work: W, answer: oneshot::Sender<Result<T, DatabaseError>>) -> Self
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, DatabaseError> + Send + 'static,
    {
        Self {
            writes: false,
            carry_out: Box::new(move |begun| {
                finish(
                    begun.map_err(DatabaseError::Transaction).and_then(|t| work(t)),
                    answer,
                    (),
                )
            }),
        }
    }

    fn writing<T, W>(work: W, answer: oneshot::Sender<Result<T, DatabaseError>>, guard: impl Send + 'static) -> Self
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, DatabaseError> + Send + 'static,
    {
        Self {
            writes: true,
            carry_out: Box::new(move |begun| {
                finish(
                    begun.map_err(DatabaseError::Transaction).and_then(|t| whole(t, work)),
                    answer,
                    guard,
                )
            }),
        }
    }
}

/// Does work of which nothing is left when it fails.
fn whole<T>(
    transaction: &mut Transaction<'_>,
    work: impl FnOnce(&Connection) -> Result<T, DatabaseError>,
) -> Result<T, DatabaseError> {
    let savepoint = transaction.savepoint()?;
    let result = work(&savepoint)?;
    savepoint.commit()?;
    Ok(result)
}

fn finish<T: 'static, G: 'static>(
    result: Result<T, DatabaseError>,
    answer: oneshot::Sender<Result<T, DatabaseError>>,
    guard: G,
) -> Finish {
    Box::new(move |committed| {
        let result = result.and_then(|value| committed.map(|()| value).map_err(DatabaseError::Transaction));
        // Nobody waits any more when the receiver is gone; the work is done all the same.
        drop(answer.send(result));
        drop(guard);
    })
}

/// Calls that wait for the thread. Whoever makes one more waits too.
const MAX_ACCEPTED: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn calls_are_carried_out_in_order_even_if_nobody_waits_for_them() {
        let database = Database::start(Connection::open_in_memory().unwrap()).unwrap();
        for statement in ["CREATE TABLE t (x)", "INSERT INTO t VALUES (7)"] {
            let work = move |c: &Connection| Ok(c.execute_batch(statement)?);
            drop(database.submit(work, ()).await.unwrap());
        }
        let x: i64 = database
            .read(|c| Ok(c.query_one("SELECT x FROM t", [], |row| row.get(0))?))
            .await
            .unwrap();
        assert_eq!(x, 7);
    }

    #[tokio::test]
    async fn an_error_reaches_its_caller_and_the_thread_goes_on() {
        let database = Database::start(Connection::open_in_memory().unwrap()).unwrap();
        let refused = database.write(|c| Ok(c.execute("no SQL", [])?)).await;
        assert!(matches!(refused, Err(DatabaseError::Sqlite(_))), "{refused:?}");
        assert_eq!(database.read(|_| Ok(1)).await.unwrap(), 1);
    }
}
