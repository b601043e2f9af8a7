//! What the broker has.

use std::collections::{BTreeMap, BTreeSet};

use rbit_amqp::{
    Admin, AdminError, Comparison, EXCHANGE, ExchangeFound, ExchangeType, Permission, QueueFound, QueueNeed, Setting,
};

use super::{need::Needs, policy};

/// What was found, under the names that were looked for.
pub(super) struct Survey {
    pub(super) exchange: ExchangeFound,
    /// The exchange of events, if one is needed.
    pub(super) events: Option<ExchangeFound>,
    pub(super) queues: BTreeMap<String, QueueFound>,
    pub(super) lacks: Lacks,
    /// Exchanges that dead letters are sent to, and whether they are there.
    pub(super) dead_letters: BTreeMap<String, bool>,
}

impl Survey {
    /// Looks at everything that is needed.
    pub(super) async fn make(admin: &Admin, needs: &Needs) -> Result<Self, AdminError> {
        let exchange = admin.look_at_exchange(EXCHANGE, ExchangeType::Direct).await?;
        let events = match &needs.events {
            Some(name) => Some(admin.look_at_exchange(name, ExchangeType::Topic).await?),
            None => None,
        };
        let mut queues = BTreeMap::new();
        for need in needs.queues().chain([&needs.command]) {
            queues.insert(need.name().to_owned(), admin.look_at_queue(need).await?);
        }
        let mut dead_letters = BTreeMap::new();
        for target in queues.values().filter_map(dead_letter_exchange) {
            let found = admin.look_at_exchange(target, ExchangeType::Direct).await?;
            dead_letters.insert(target.to_owned(), found != ExchangeFound::Missing);
        }
        Ok(Self {
            exchange,
            events,
            lacks: Lacks::make(admin, needs, &queues).await?,
            queues,
            dead_letters,
        })
    }

    /// What was found for a need; something that was not looked for is missing.
    pub(super) fn queue(&self, need: &QueueNeed) -> &QueueFound {
        self.queues.get(need.name()).unwrap_or(&QueueFound::Missing)
    }
}

/// What the user may not do.
#[derive(Default)]
pub(super) struct Lacks {
    /// Queues of jobs that may not be read.
    pub(super) reading: BTreeSet<String>,
    /// With the retry queues of these queues of jobs.
    pub(super) for_retries: BTreeMap<String, Vec<Permission>>,
    /// With queues of held messages; asked for only if there may be such messages.
    pub(super) for_holding: Vec<Permission>,
}

impl Lacks {
    async fn make(admin: &Admin, needs: &Needs, queues: &BTreeMap<String, QueueFound>) -> Result<Self, AdminError> {
        let mut lacks = Self::default();
        for lane in &needs.lanes {
            let name = lane.queue.as_str();
            let is_there = matches!(queues.get(name), Some(QueueFound::There { .. }));
            if is_there && !admin.may_consume(&lane.queue).await? {
                lacks.reading.insert(name.to_owned());
            }
            let lacking = admin.lacks_for_retries(&lane.queue).await?;
            lacks.for_retries.insert(name.to_owned(), lacking);
        }
        if needs.lanes.iter().any(|lane| policy::is_patience_short(needs, lane)) {
            lacks.for_holding = admin.lacks_for_holding().await?;
        }
        Ok(lacks)
    }
}

/// Where the dead letters of a queue go, if it says so and not to the nameless exchange, which is always there.
fn dead_letter_exchange(found: &QueueFound) -> Option<&str> {
    let QueueFound::There {
        comparison: Comparison::Made(differences),
        ..
    } = found
    else {
        return None;
    };
    differences.iter().find_map(|one| match &one.found {
        Setting::Is(exchange) if one.name == "x-dead-letter-exchange" && !exchange.is_empty() => {
            Some(exchange.as_str())
        }
        _ => None,
    })
}
