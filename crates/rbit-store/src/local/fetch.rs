//! Taking messages out of the queues, without losing one when nobody waits any more.

use std::sync::Arc;

use rbit_job::{
    QueueName,
    port::{Clock, Subscription},
};
use rusqlite::Connection;

use super::{
    hold::{Hold, free_holder, free_unseen},
    message::{Message, take, wait_anew, waiting},
};
use crate::{DatabaseError, Incarnation, database::Answer};

/// Takes messages for a source, one at a time.
pub(super) struct Fetcher {
    pub(super) incarnation: Incarnation,
    pub(super) hold: Arc<Hold>,
    pub(super) clock: Arc<dyn Clock>,
    subscriptions: Arc<[Subscription]>,
    /// Index of the queue whose turn it is.
    turn: usize,
    /// A fetch that somebody began and did not wait for.
    under_way: Option<Answer<Option<Taken>>>,
    /// A message that was taken and not handed out.
    ahead: Option<Message>,
}

/// A message, and whose turn it is after it.
type Taken = (Message, usize);

impl Fetcher {
    pub(super) fn new(
        incarnation: Incarnation,
        hold: Hold,
        clock: Arc<dyn Clock>,
        subscriptions: Vec<Subscription>,
    ) -> Self {
        let (hold, subscriptions) = (Arc::new(hold), subscriptions.into());
        Self {
            incarnation,
            hold,
            clock,
            subscriptions,
            turn: 0,
            under_way: None,
            ahead: None,
        }
    }

    /// Takes the next message, if one is ready. Cancel safe: what was found stays in `self`.
    pub(super) async fn fetch(&mut self) -> Result<Option<Message>, DatabaseError> {
        if self.ahead.is_none() {
            if self.under_way.is_none() {
                self.under_way = Some(self.submit().await?);
            }
            self.end().await?;
        }
        Ok(self.ahead.take())
    }

    /// Gives back what was taken and not handed out.
    pub(super) async fn give_back(&mut self) -> Result<(), DatabaseError> {
        self.end().await?;
        let Some(message) = self.ahead.take() else {
            return Ok(());
        };
        let hold = Arc::clone(&self.hold);
        let free = move |connection: &Connection| Ok(free_unseen(connection, message.number, &hold.holder)?);
        self.incarnation.write(free).await
    }

    /// Gives back everything, handed out or not.
    pub(super) async fn give_up(&mut self) -> Result<(), DatabaseError> {
        self.hold.close();
        let hold = Arc::clone(&self.hold);
        self.incarnation
            .write(move |connection| Ok(free_holder(connection, &hold.holder)?))
            .await
    }

    /// How many messages of the queues were not handed out.
    pub(super) async fn waiting(&mut self) -> Result<u64, (QueueName, DatabaseError)> {
        let mut count = 0;
        for subscription in Arc::clone(&self.subscriptions).iter() {
            let queue = &subscription.queue;
            count += self
                .waiting_in(queue.clone())
                .await
                .map_err(|error| (queue.clone(), error))?;
        }
        Ok(count)
    }

    async fn waiting_in(&mut self, queue: QueueName) -> Result<u64, DatabaseError> {
        self.end().await?;
        let ahead = self.ahead.as_ref().is_some_and(|message| message.queue == queue);
        let (hold, now) = (Arc::clone(&self.hold), self.clock.now());
        let count = move |connection: &Connection| {
            hold.free_dropped(connection, now)?;
            Ok(waiting(connection, &queue)?)
        };
        Ok(self.incarnation.write(count).await? + u64::from(ahead))
    }

    async fn submit(&self) -> Result<Answer<Option<Taken>>, DatabaseError> {
        let (hold, subscriptions) = (Arc::clone(&self.hold), Arc::clone(&self.subscriptions));
        let (turn, now) = (self.turn, self.clock.now());
        let look = move |connection: &Connection| {
            hold.free_dropped(connection, now)?;
            wait_anew(connection, now)?;
            let queues = subscriptions
                .iter()
                .enumerate()
                .cycle()
                .skip(turn)
                .take(subscriptions.len());
            for (index, subscription) in queues {
                if let Some(message) = take(connection, subscription, &hold.holder, now)? {
                    return Ok(Some((message, index + 1)));
                }
            }
            Ok(None)
        };
        self.incarnation.submit(look).await
    }

    /// Waits for the fetch that is under way, if one is.
    async fn end(&mut self) -> Result<(), DatabaseError> {
        let Some(under_way) = &mut self.under_way else {
            return Ok(());
        };
        let found = under_way.await.map_err(|_| DatabaseError::ThreadEnded);
        self.under_way = None;
        if let Some((message, turn)) = found?? {
            self.ahead = Some(message);
            self.turn = turn;
        }
        Ok(())
    }
}
