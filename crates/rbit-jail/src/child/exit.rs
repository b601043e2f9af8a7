//! The way out for guests' requests: connections that the parent makes.
//!
//! This process cannot make any. It says where one is to go, and is handed it if the parent finds that the runner may go there.

use std::{
    collections::HashMap,
    net::TcpStream,
    os::fd::OwnedFd,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use rbit_job::http::{HttpGrant, Target};
use rbit_sandbox::{Connection, Dial, NotDialled};
use tokio::sync::oneshot;

use super::talk::JobVoice;
use crate::wire::{self, Dialled, FromChild};

/// All that wait for a connection.
#[derive(Clone, Default)]
pub(super) struct Exit {
    waiting: Arc<Mutex<HashMap<u64, oneshot::Sender<Answer>>>>,
    last: Arc<AtomicU64>,
}

type Answer = Result<Connection, NotDialled>;

impl Exit {
    /// The way out of one job.
    pub(super) fn of_job(&self, voice: Arc<JobVoice>) -> Arc<dyn Dial> {
        let exit = self.clone();
        Arc::new(ExitOfJob { exit, voice })
    }

    /// Gives whoever waits what the parent says. A connection that nobody waits for any more is closed.
    pub(super) fn answer(&self, dialled: Dialled, connection: Option<OwnedFd>) {
        let Some(waiting) = self.waiting().remove(&dialled.number) else {
            return;
        };
        let answer = match (dialled.result, connection) {
            (Ok(address), Some(connection)) => Ok(Connection {
                stream: TcpStream::from(connection),
                address,
            }),
            (Ok(_), None) => Err(NotDialled::Unavailable),
            (Err(why), _) => Err(why),
        };
        // Fails when the request has just been given up.
        let _ = waiting.send(answer);
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<u64, oneshot::Sender<Answer>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct ExitOfJob {
    exit: Exit,
    voice: Arc<JobVoice>,
}

#[async_trait]
impl Dial for ExitOfJob {
    async fn dial(&self, target: &Target, _: &HttpGrant, patience: Duration) -> Answer {
        let number = self.exit.last.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        self.exit.waiting().insert(number, answer);
        let _forgets = Forgets(&self.exit, number);
        let dial = wire::Dial {
            number,
            scheme: target.scheme.as_str().to_owned(),
            authority: target.authority(),
            patience,
        };
        if !self.voice.say(&FromChild::Dial(self.voice.job, dial)) {
            return Err(NotDialled::Unavailable);
        }
        answered.await.unwrap_or(Err(NotDialled::Unavailable))
    }
}

/// Forgets a request that was given up.
struct Forgets<'a>(&'a Exit, u64);

impl Drop for Forgets<'_> {
    fn drop(&mut self) {
        self.0.waiting().remove(&self.1);
    }
}
