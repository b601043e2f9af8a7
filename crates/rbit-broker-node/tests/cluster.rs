//! Real nodes.

use rbit_broker_node::{Cluster, installed, speaks_amqp};

#[test]
fn three_nodes_are_one_broker_and_each_can_be_killed_started_and_frozen() -> anyhow::Result<()> {
    let server = installed().ok_or_else(|| anyhow::anyhow!("no RabbitMQ is installed: run `cargo xtask test`"))?;
    let folder = tempfile::tempdir()?;
    let cluster = Cluster::start(server, folder.path(), 3)?;
    let [first, second, third] = cluster.nodes() else {
        anyhow::bail!("there are three nodes");
    };
    first.control(&["add_vhost", "shared"])?;
    assert!(third.control(&["list_vhosts"])?.contains("shared"));

    second.kill();
    assert!(!speaks_amqp("127.0.0.1", second.port()));
    assert!(first.control(&["list_vhosts"])?.contains("shared"));
    second.revive()?;
    cluster.wait_until_whole()?;
    assert!(second.control(&["list_vhosts"])?.contains("shared"));

    third.freeze()?;
    assert!(
        !speaks_amqp("127.0.0.1", third.port()),
        "it takes connections and says nothing"
    );
    third.thaw()?;
    assert!(speaks_amqp("127.0.0.1", third.port()));
    Ok(())
}
