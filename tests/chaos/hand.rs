//! The hand that kills boxes and breaks connections.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use fastrand::Rng;
use rbit_job::BoxName;
use rbit_testkit::{PrivateBroker, Proxy, fake_pybit::FakePybit};
use tokio::{task::spawn_blocking, time::sleep};

use super::{Options, fleet::Fleet};

/// Blows to come, in their order, and what came of those that were dealt.
pub(super) struct Hand {
    blows: Vec<(usize, Blow)>,
    events: Vec<Event>,
    node: Arc<PrivateBroker>,
    proxy: Proxy,
}

/// What can be done to a fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blow {
    /// The box of this number gets SIGKILL and is started again.
    Kill(usize),
    /// All connections to the broker are cut.
    Cut,
    /// The broker closes all connections, and says so.
    Close,
    /// The broker cannot be reached for a moment.
    Outage,
    /// The broker stops and starts again.
    Restart,
}

impl Blow {
    const ON_THE_NETWORK: [Self; 4] = [Self::Cut, Self::Restart, Self::Close, Self::Outage];
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
    /// Draws kills and, for every third of them, a broken network.
    pub(super) fn new(options: &Options, expected_requests: usize, node: PrivateBroker, proxy: Proxy) -> Self {
        let mut random = Rng::with_seed(options.seed);
        let kills = (0..options.kills).map(|_| None);
        let breaks = Blow::ON_THE_NETWORK.into_iter().cycle().map(Some);
        let breaks = breaks.take(options.kills.div_ceil(3) as usize);
        let mut blows: Vec<_> = kills
            .chain(breaks)
            .map(|blow| {
                let at = random.usize(expected_requests / 50..expected_requests.max(1) * 19 / 20);
                let number = random.usize(0..(options.workers as usize).max(1));
                (at, blow.unwrap_or(Blow::Kill(number)))
            })
            .collect();
        // The next one is at the end.
        blows.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        Self {
            blows,
            events: Vec::new(),
            node: Arc::new(node),
            proxy,
        }
    }

    /// Deals the next blow when the front-end has seen enough.
    pub(super) async fn strike_if_due(&mut self, fleet: &mut Fleet, pybit: &FakePybit) -> anyhow::Result<()> {
        match self.blows.last() {
            Some((at, blow)) if *at <= pybit.seen() => {
                let blow = *blow;
                self.blows.pop();
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
                killed = Some(build_box.name.clone());
                settle_down(pybit).await;
                build_box.start()?;
            }
            Blow::Cut => {
                self.proxy.cut();
                settle_down(pybit).await;
            }
            Blow::Close => {
                self.at_the_node(|node| node.close_all_connections()).await?;
                settle_down(pybit).await;
            }
            Blow::Outage => {
                self.proxy.refuse().await;
                self.proxy.cut();
                sleep(OUTAGE).await;
                self.proxy.listen().await?;
            }
            Blow::Restart => {
                self.at_the_node(|node| node.stop()).await?;
                self.at_the_node(|node| node.start_again()).await?;
            }
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

    async fn at_the_node(&self, act: fn(&PrivateBroker) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let node = Arc::clone(&self.node);
        spawn_blocking(move || act(&node)).await?
    }
}

/// What a dead box had sent is still on its way to the front-end, and counts as sent before it died.
async fn settle_down(pybit: &FakePybit) {
    let mut seen = pybit.seen();
    for _ in 0..LOOKS {
        sleep(MOMENT).await;
        let now = pybit.seen();
        if now == seen {
            return;
        }
        seen = now;
    }
}

const OUTAGE: Duration = Duration::from_millis(500);
const MOMENT: Duration = Duration::from_millis(20);
/// Other boxes go on, so it may never be quiet.
const LOOKS: u32 = 5;
