//! What goes on beside the jobs: telling others of them, and obeying orders.

use std::{sync::Arc, time::Duration};

use rbit_job::port::CommandSource;
use tokio::{task::JoinSet, time::timeout};
use tracing::{error, warn};

use crate::{farewell::Farewell, obey::obey, parts::Parts, shutdown::Shutdown};

/// The tasks beside the jobs. They end with this value, at the latest.
pub(crate) struct Beside {
    tellers: JoinSet<()>,
    orders: JoinSet<()>,
    farewell: Farewell,
}

impl Beside {
    /// Starts them.
    pub(crate) fn start(parts: &Arc<Parts>, commands: Vec<Box<dyn CommandSource>>, shutdown: &Shutdown) -> Self {
        let (mut tellers, mut orders, farewell) = (JoinSet::new(), JoinSet::new(), Farewell::new());
        let (outbox, heard) = (parts.outbox.clone(), farewell.watch());
        tellers.spawn(async move { outbox.run(heard).await });
        if let Some(events) = parts.events.clone() {
            let heard = farewell.watch();
            tellers.spawn(async move { events.run(heard).await });
        }
        for commands in commands {
            orders.spawn(obey(Arc::clone(parts), commands, shutdown.clone()));
        }
        Self {
            tellers,
            orders,
            farewell,
        }
    }

    /// Lets what the last jobs left be told, and what is being told come to its end: if that were broken off, nobody would know
    /// whether it was heard, and it would be told once more. What is not told now is told by the next process.
    pub(crate) async fn leave(mut self) {
        self.orders.shutdown().await;
        self.farewell.say(LAST_WORDS);
        if timeout(LAST_WORDS + LAST_ANSWERS, all_ended(&mut self.tellers))
            .await
            .is_err()
        {
            warn!("somebody who was told of a job has not answered: it is told again at the next start");
        }
    }
}

async fn all_ended(tellers: &mut JoinSet<()>) {
    while let Some(ended) = tellers.join_next().await {
        if let Err(error) = ended {
            error!(%error, "a task that tells of jobs did not end in order: this is a bug of rbit");
        }
    }
}

/// How long the way out goes on telling.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// How long after that it waits for the answer to what is being told.
const LAST_ANSWERS: Duration = Duration::from_secs(10);
