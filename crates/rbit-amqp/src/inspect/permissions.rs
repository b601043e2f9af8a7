//! What the user may do, asked without doing it.
//!
//! The broker looks at permissions before it looks at anything else. So it is asked for what cannot be done anyhow, with a queue that is
//! not there or a consumer that makes no sense: nothing is made, nothing is moved, and the answer tells a refusal from a mistake.

use std::fmt;

use lapin::{
    options::{BasicConsumeOptions, BasicGetOptions, QueueDeleteOptions},
    types::FieldTable,
};
use rbit_job::QueueName;

use super::{failed, short};
use crate::{
    Admin, AdminError, Message, PublishError, Route,
    broker_error::BrokerError,
    names::{held_queue, no_retry_queue},
    topology,
};

/// What a user may be allowed to do with a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Make and delete it.
    Configure,
    /// Send messages to it, which goes through the nameless exchange.
    Write,
    /// Take messages out of it.
    Read,
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Configure => "configure",
            Self::Write => "write to",
            Self::Read => "read",
        })
    }
}

impl Admin {
    /// Whether the user may take messages out of a queue, which is there. None is taken.
    pub async fn may_consume(&self, queue: &QueueName) -> Result<bool, AdminError> {
        let consume = async {
            let channel = self.connection().create_channel().await?;
            // A priority is a number.
            let mut arguments = FieldTable::default();
            arguments.insert("x-priority".into(), topology::text("none"));
            let options = BasicConsumeOptions::default();
            let consumed = channel
                .basic_consume(short(queue.as_str())?, "".into(), options, arguments)
                .await;
            if consumed.is_ok() {
                topology::close(&channel).await;
            }
            let refused = consumed.map_err(BrokerError::from).err();
            Ok::<_, BrokerError>(!refused.is_some_and(|error| error.is_access_refused()))
        };
        consume
            .await
            .map_err(failed("ask for permissions on queue", queue.as_str()))
    }

    /// What the user may not do with queues `rbit.held.*`, in which the messages of long jobs are held.
    pub async fn lacks_for_holding(&self) -> Result<Vec<Permission>, AdminError> {
        self.lacks(&held_queue()).await
    }

    /// What the user may not do with the retry queues of a queue.
    pub async fn lacks_for_retries(&self, queue: &QueueName) -> Result<Vec<Permission>, AdminError> {
        self.lacks(&no_retry_queue(queue)).await
    }

    /// What the user may not do with a queue that is not there.
    async fn lacks(&self, queue: &str) -> Result<Vec<Permission>, AdminError> {
        let asked = |error| failed("ask for permissions on queue", queue)(error);
        let may = [
            (Permission::Configure, self.may_configure(queue).await.map_err(asked)?),
            (Permission::Write, self.may_write(queue).await?),
            (Permission::Read, self.may_read(queue).await.map_err(asked)?),
        ];
        Ok(may
            .into_iter()
            .filter(|(_, may)| !may)
            .map(|(lacking, _)| lacking)
            .collect())
    }

    /// Deleting a queue that is not there succeeds.
    async fn may_configure(&self, queue: &str) -> Result<bool, BrokerError> {
        let channel = self.connection().create_channel().await?;
        let options = QueueDeleteOptions {
            if_unused: true,
            if_empty: true,
            ..QueueDeleteOptions::default()
        };
        let deleted = channel.queue_delete(short(queue)?, options).await;
        let is_allowed = allowed(deleted.map(drop).map_err(BrokerError::from))?;
        if is_allowed {
            topology::close(&channel).await;
        }
        Ok(is_allowed)
    }

    async fn may_read(&self, queue: &str) -> Result<bool, BrokerError> {
        let channel = self.connection().create_channel().await?;
        let got = channel.basic_get(short(queue)?, BasicGetOptions::default()).await;
        allowed(got.map(drop).map_err(BrokerError::from))
    }

    /// A message that reaches no queue comes back.
    async fn may_write(&self, queue: &str) -> Result<bool, PublishError> {
        let route = Route::Queue(queue.to_owned());
        match self.publish(&route, &Message::default()).await {
            Ok(()) | Err(PublishError::Unroutable { .. }) => Ok(true),
            Err(error) if error.is_access_refused() => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Whether it was done, or would have been if there were such a queue.
fn allowed(done: Result<(), BrokerError>) -> Result<bool, BrokerError> {
    match done {
        Err(error) if error.is_access_refused() => Ok(false),
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(true),
    }
}
