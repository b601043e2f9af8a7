//! Several nodes that are one broker.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use anyhow::Context as _;

use crate::{
    node::{Node, NodeSettings},
    realm::Realm,
};

/// A broker of several nodes on this machine. Each of them can be killed, frozen and started again.
#[derive(Debug)]
pub struct Cluster {
    nodes: Vec<Arc<Node>>,
}

impl Cluster {
    /// Starts so many nodes, each with a folder of its own in this one, and waits until they are one broker.
    pub fn start(server: &Path, folder: &Path, count: usize) -> anyhow::Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make folder `{}`", folder.display()))?;
        let realm = Arc::new(Realm::start(folder)?);
        let nodes = (1..=count).map(|number| {
            let folder = folder.join(format!("node-{number}"));
            Node::new(server, Arc::clone(&realm), &folder, &NodeSettings::default()).map(Arc::new)
        });
        let cluster = Self {
            nodes: nodes.collect::<anyhow::Result<_>>()?,
        };
        let formation = cluster.formation();
        for node in &cluster.nodes {
            node.write_configuration(&formation)?;
            node.spawn()?;
        }
        for node in &cluster.nodes {
            node.wait_until_it_answers()?;
        }
        cluster.wait_until_whole()?;
        Ok(cluster)
    }

    /// All nodes, those that do not run at the moment included.
    pub fn nodes(&self) -> &[Arc<Node>] {
        &self.nodes
    }

    /// Waits until all nodes are there for each other.
    pub fn wait_until_whole(&self) -> anyhow::Result<()> {
        let count = self.nodes.len().to_string();
        for node in &self.nodes {
            node.control(&["await_online_nodes", &count, "--timeout", PATIENCE_S])?;
        }
        Ok(())
    }

    /// The node that leads the most quorum queues.
    pub fn leader(&self) -> anyhow::Result<Arc<Node>> {
        let any = self.nodes.first().context("the cluster has no nodes")?;
        let listed = any.control(&["list_queues", "--no-table-headers", "type", "leader"])?;
        let name = leader_of_most(&listed).context("the cluster has no quorum queue")?;
        let leader = self.nodes.iter().find(|node| node.name() == name);
        leader
            .cloned()
            .with_context(|| format!("`{name}` is no node of this cluster"))
    }

    /// What tells the nodes of each other. Without it each would be a broker of its own.
    fn formation(&self) -> String {
        let node = |(number, node): (usize, &Arc<Node>)| {
            format!("cluster_formation.classic_config.nodes.{number} = {}\n", node.name())
        };
        let nodes: String = (1..).zip(&self.nodes).map(node).collect();
        format!("cluster_formation.peer_discovery_backend = classic_config\n{nodes}")
    }
}

/// Reads a list of queue types and leaders.
fn leader_of_most(listed: &str) -> Option<&str> {
    let mut led: BTreeMap<&str, usize> = BTreeMap::new();
    for line in listed.lines() {
        if let Some((QUORUM, leader)) = line.split_once('\t') {
            *led.entry(leader.trim()).or_default() += 1;
        }
    }
    let most = led.into_iter().max_by_key(|(_, count)| *count)?;
    Some(most.0)
}

const QUORUM: &str = "quorum";
/// For the program that waits, in seconds. Nodes that start answer within a few.
const PATIENCE_S: &str = "120";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_leader_is_whoever_leads_the_most_quorum_queues() {
        let listed = "quorum\tb@localhost\nclassic\tc@localhost\nclassic\tc@localhost\nquorum\ta@localhost\nquorum\tb@localhost\n";
        assert_eq!(leader_of_most(listed), Some("b@localhost"));
        assert_eq!(leader_of_most("classic\tc@localhost\nclassic\t\n"), None);
        assert_eq!(leader_of_most(""), None);
    }
}
