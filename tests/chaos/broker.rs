//! What boxes get their jobs from, and how it can be hurt.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use rbit_amqp::QueueType;
use rbit_broker_node::{Cluster, Node, installed};
use rbit_testkit::{PrivateBroker, Proxy};
use tokio::{task::spawn_blocking, time::sleep};

use super::blow::Blow;

/// A broker of the run's own.
pub(super) enum Broker {
    /// One node, which boxes reach through a piece of network that can be broken.
    Node { node: Arc<PrivateBroker>, proxy: Proxy },
    /// Several nodes, which boxes reach directly.
    Cluster(Arc<Cluster>),
}

impl Broker {
    pub(super) async fn node() -> anyhow::Result<Self> {
        let node = Arc::new(spawn_blocking(|| PrivateBroker::start("")).await??);
        let proxy = Proxy::to(("127.0.0.1", node.port())).await?;
        Ok(Self::Node { node, proxy })
    }

    /// A cluster with its files in this folder.
    pub(super) async fn cluster(folder: &Path) -> anyhow::Result<Self> {
        let server = installed().context("no rabbitmq-server is installed")?;
        let folder = folder.to_owned();
        let cluster = spawn_blocking(move || Cluster::start(server, &folder, NODES)).await??;
        Ok(Self::Cluster(Arc::new(cluster)))
    }

    /// Where it is, for those who are not to be hit by what is done to the network.
    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        match self {
            Self::Node { node, .. } => vec![address(node)],
            Self::Cluster(cluster) => cluster.nodes().iter().map(|node| address(node)).collect(),
        }
    }

    /// Where it is for boxes.
    pub(super) fn addresses_for_boxes(&self) -> Vec<SocketAddr> {
        match self {
            Self::Node { proxy, .. } => vec![proxy.address()],
            Self::Cluster(_) => self.addresses(),
        }
    }

    /// The type of its queues: what is stored on one node only goes with that node.
    pub(super) fn queue_type(&self) -> QueueType {
        match self {
            Self::Node { .. } => QueueType::Classic,
            Self::Cluster(_) => QueueType::Quorum,
        }
    }

    /// How long a publisher waits between two messages. What is done to a cluster takes its time, in which there has to be work.
    pub(super) fn pause(&self) -> Duration {
        match self {
            Self::Node { .. } => Duration::ZERO,
            Self::Cluster(_) => Duration::from_millis(100),
        }
    }

    /// Returns when it has been dealt, and what was broken is whole again.
    pub(super) async fn suffer(&self, blow: Blow) -> anyhow::Result<()> {
        match self {
            Self::Node { node, proxy } => match blow {
                Blow::Cut => proxy.cut(),
                Blow::Close => at(node, |node| node.close_all_connections()).await?,
                Blow::Outage => be_away(proxy).await?,
                Blow::Restart => at(node, |node| restart(node)).await?,
                other => bail!("{other:?} is nothing that can be done to one node"),
            },
            Self::Cluster(cluster) => match blow {
                Blow::LoseLeader => lose_leader(cluster).await?,
                Blow::LoseMajority { kept } => lose_majority(cluster, kept).await?,
                other => bail!("{other:?} is nothing that can be done to a cluster"),
            },
        }
        Ok(())
    }
}

fn address(node: &Node) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], node.port()))
}

/// Does something that takes its time.
async fn at<T: Send + Sync + 'static, R: Send + 'static>(
    what: &Arc<T>,
    act: impl FnOnce(&T) -> anyhow::Result<R> + Send + 'static,
) -> anyhow::Result<R> {
    let what = Arc::clone(what);
    spawn_blocking(move || act(&what)).await?
}

async fn be_away(proxy: &Proxy) -> anyhow::Result<()> {
    proxy.refuse().await;
    proxy.cut();
    sleep(OUTAGE).await;
    proxy.listen().await
}

fn restart(node: &Node) -> anyhow::Result<()> {
    node.stop()?;
    node.start_again()
}

/// The others choose a new leader, and boxes work with it for a while, before the lost node is back.
async fn lose_leader(cluster: &Arc<Cluster>) -> anyhow::Result<()> {
    let leader = at(cluster, Cluster::leader).await?;
    leader.kill();
    sleep(WITHOUT_LEADER).await;
    at(&leader, Node::revive).await?;
    at(cluster, Cluster::wait_until_whole).await
}

/// The one that is kept cannot store anything without the others.
async fn lose_majority(cluster: &Arc<Cluster>, kept: usize) -> anyhow::Result<()> {
    let others = || cluster.nodes().iter().enumerate().filter(|(number, _)| *number != kept);
    others().try_for_each(|(_, node)| node.freeze())?;
    sleep(WITHOUT_MAJORITY).await;
    others().try_for_each(|(_, node)| node.thaw())?;
    at(cluster, Cluster::wait_until_whole).await
}

/// The smallest cluster that has a majority without one of its nodes.
pub(super) const NODES: usize = 3;

const OUTAGE: Duration = Duration::from_millis(500);
const WITHOUT_LEADER: Duration = Duration::from_secs(5);
/// Longer than boxes take to give a silent connection up, so that all of them come to the node that is left; shorter than nodes take
/// to give each other up, about a minute, after which RabbitMQ wants an operator.
const WITHOUT_MAJORITY: Duration = Duration::from_secs(20);
