//! The hand that kills boxes and breaks connections.

use anyhow::Context as _;
use rbit_job::BoxName;
use rbit_testkit::fake_pybit::FakePybit;

use super::{
    blow::{Blow, Plan},
    broker::Broker,
    fleet::Fleet,
};

/// Blows to come, and what came of those that were dealt.
pub(super) struct Hand {
    plan: Plan,
    events: Vec<Event>,
    broker: Broker,
}

/// A blow that was dealt, between two numbers of requests that the front-end had seen.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// The box that was killed; none when the network broke.
    pub(super) killed: Option<BoxName>,
    pub(super) blow: Blow,
    pub(super) from: usize,
    pub(super) until: usize,
}

impl Hand {
    pub(super) fn new(plan: Plan, broker: Broker) -> Self {
        Self {
            plan,
            events: Vec::new(),
            broker,
        }
    }

    /// Deals the next blow when the front-end has seen enough.
    pub(super) async fn strike_if_due(&mut self, fleet: &mut Fleet, pybit: &FakePybit) -> anyhow::Result<()> {
        match self.plan.last() {
            Some((at, blow)) if *at <= pybit.seen() => {
                let blow = *blow;
                self.plan.pop();
                self.strike(blow, fleet, pybit).await
            }
            _ => Ok(()),
        }
    }

    pub(super) fn events(&self) -> Vec<Event> {
        self.events.clone()
    }

    async fn strike(&mut self, blow: Blow, fleet: &mut Fleet, pybit: &FakePybit) -> anyhow::Result<()> {
        let from = pybit.seen();
        let mut killed = None;
        match blow {
            Blow::Kill(number) => {
                let build_box = fleet.boxes.get_mut(number).context("there is no such box")?;
                build_box.kill()?;
                // What it had sent is still on its way, and counts as sent before it died.
                killed = Some(build_box.name.clone());
                pybit.catch_up().await?;
                build_box.start()?;
            }
            Blow::Cut | Blow::Close => {
                self.broker.suffer(blow).await?;
                pybit.catch_up().await?;
            }
            _ => self.broker.suffer(blow).await?,
        }
        let until = pybit.seen();
        self.events.push(Event {
            killed,
            blow,
            from,
            until,
        });
        Ok(())
    }
}
