//! Events of jobs, told to a topic exchange.

use std::time::Duration;

use async_trait::async_trait;
use rbit_job::{
    event::{CONTENT_TYPE, StatusEvent},
    port::{EventError, EventSink},
};
use tokio::{sync::Mutex, time::timeout};

use crate::{Admin, AdminError, AmqpSettings, ExchangeFound, ExchangeType, Message, PublishError, Route};

/// Tells events to a topic exchange, one at a time, over a connection that is made when it is first needed and again when it broke.
///
/// Each event is persistent and confirmed by the broker. It is lost if no queue is bound for it: nobody wanted it.
pub struct AmqpEvents {
    settings: AmqpSettings,
    exchange: String,
    admin: Mutex<Option<Admin>>,
}

impl AmqpEvents {
    /// Events to this exchange. Nothing is connected to before the first one.
    pub fn new(settings: AmqpSettings, exchange: impl Into<String>) -> Self {
        Self {
            settings,
            exchange: exchange.into(),
            admin: Mutex::default(),
        }
    }

    /// The slot stays empty when this fails or is dropped half-way: the next event gets another connection.
    async fn publish(&self, event: &StatusEvent) -> Result<(), TellError> {
        let mut slot = self.admin.lock().await;
        let admin = match slot.take() {
            Some(admin) => admin,
            None => self.open().await?,
        };
        let route = Route::Exchange {
            exchange: self.exchange.clone(),
            key: event.routing_key(),
        };
        match admin.publish(&route, &self.message(event)).await {
            Ok(()) | Err(PublishError::Unroutable { .. }) => {
                *slot = Some(admin);
                Ok(())
            }
            Err(error) => {
                admin.close().await;
                Err(TellError::Publish(error))
            }
        }
    }

    async fn open(&self) -> Result<Admin, TellError> {
        let admin = Admin::connect(&self.settings).await?;
        let found = admin.look_at_exchange(&self.exchange, ExchangeType::Topic).await?;
        if found == ExchangeFound::Missing {
            if !self.settings.declare {
                return Err(TellError::NoExchange(self.exchange.clone()));
            }
            admin.make_exchange(&self.exchange, ExchangeType::Topic).await?;
        }
        Ok(admin)
    }

    fn message(&self, event: &StatusEvent) -> Message {
        let body = event.cloud_event(&self.settings.box_name).to_string();
        Message {
            message_id: Some(event.id()),
            content_type: Some(CONTENT_TYPE.to_owned()),
            ..Message::persistent(body)
        }
    }
}

#[async_trait]
impl EventSink for AmqpEvents {
    async fn tell(&self, event: &StatusEvent) -> Result<(), EventError> {
        let told = timeout(TELL_TIMEOUT, self.publish(event)).await;
        told.unwrap_or(Err(TellError::TimedOut)).map_err(|error| EventError {
            event: event.id(),
            source: error.into(),
        })
    }
}

#[derive(Debug, thiserror::Error)]
enum TellError {
    #[error("the broker cannot be used")]
    Broker(#[from] AdminError),
    #[error("exchange `{0}` does not exist, and `declare = no` keeps this box from making it")]
    NoExchange(String),
    #[error("the broker did not take it")]
    Publish(#[source] PublishError),
    #[error("the broker took longer than {TELL_TIMEOUT:?}")]
    TimedOut,
}

/// For connecting and publishing together.
const TELL_TIMEOUT: Duration = Duration::from_secs(30);
