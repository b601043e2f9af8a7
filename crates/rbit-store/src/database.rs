//! The thread that talks to SQLite.

use std::{io, thread};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::DatabaseError;

/// A connection on a thread of its own: SQLite blocks, for an fsync or for another process, and must not block a runtime.
///
/// Calls are carried out one after another in the order in which they were accepted. The thread ends with the last handle.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    calls: mpsc::Sender<Call>,
}

type Call = Box<dyn FnOnce(&mut Connection) + Send>;

/// The answer to a call that was accepted; the call is carried out whether or not anybody waits for it.
pub(crate) type Answer<T> = oneshot::Receiver<Result<T, DatabaseError>>;

impl Database {
    /// Hands the connection to a new thread.
    pub(crate) fn start(mut connection: Connection) -> io::Result<Self> {
        let (calls, mut accepted) = mpsc::channel::<Call>(MAX_ACCEPTED);
        thread::Builder::new().name("rbit-store".to_owned()).spawn(move || {
            while let Some(call) = accepted.blocking_recv() {
                call(&mut connection);
            }
        })?;
        Ok(Self { calls })
    }

    /// Carries out `work` and waits for its result.
    pub(crate) async fn call<T, W>(&self, work: W) -> Result<T, DatabaseError>
    where
        T: Send + 'static,
        W: FnOnce(&mut Connection) -> Result<T, DatabaseError> + Send + 'static,
    {
        self.submit(work).await?.await.map_err(|_| DatabaseError::ThreadEnded)?
    }

    /// Has `work` accepted, and gives its answer to wait for. Cancel safe: a future that is dropped submitted nothing.
    pub(crate) async fn submit<T, W>(&self, work: W) -> Result<Answer<T>, DatabaseError>
    where
        T: Send + 'static,
        W: FnOnce(&mut Connection) -> Result<T, DatabaseError> + Send + 'static,
    {
        let place = self.calls.reserve().await.map_err(|_| DatabaseError::ThreadEnded)?;
        let (answer, answered) = oneshot::channel();
        place.send(Box::new(move |connection| {
            // Nobody waits any more when the receiver is gone; the work is done all the same.
            drop(answer.send(work(connection)));
        }));
        Ok(answered)
    }
}

/// Calls that wait for the thread. Whoever makes one more waits too.
const MAX_ACCEPTED: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn calls_are_carried_out_in_order_even_if_nobody_waits_for_them() {
        let database = Database::start(Connection::open_in_memory().unwrap()).unwrap();
        drop(
            database
                .submit(|c| Ok(c.execute_batch("CREATE TABLE t (x)")?))
                .await
                .unwrap(),
        );
        drop(
            database
                .submit(|c| Ok(c.execute("INSERT INTO t VALUES (7)", [])?))
                .await
                .unwrap(),
        );
        let x: i64 = database
            .call(|c| Ok(c.query_one("SELECT x FROM t", [], |row| row.get(0))?))
            .await
            .unwrap();
        assert_eq!(x, 7);
    }

    #[tokio::test]
    async fn an_error_reaches_its_caller_and_the_thread_goes_on() {
        let database = Database::start(Connection::open_in_memory().unwrap()).unwrap();
        let refused = database.call(|c| Ok(c.execute("no SQL", [])?)).await;
        assert!(matches!(refused, Err(DatabaseError::Sqlite(_))), "{refused:?}");
        assert_eq!(database.call(|_| Ok(1)).await.unwrap(), 1);
    }
}
