//! What an operator does to a node.

use anyhow::{Context as _, ensure};

use crate::{node::Node, server};

impl Node {
    /// Runs `rabbitmqctl` for this node, and gives what it printed.
    pub fn control(&self, words: &[&str]) -> anyhow::Result<String> {
        let mut command = self.command(&server::control(&self.server)?);
        let output = command.args(words).output();
        let output = output.with_context(|| format!("cannot start {command:?}"))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "rabbitmqctl {words:?}: {said}{complaint}");
        Ok(said)
    }

    /// Ends every connection, as `rabbitmqctl close_all_connections` does: the broker says so before it hangs up.
    pub fn close_all_connections(&self) -> anyhow::Result<()> {
        self.control(&["close_all_connections", "a test wants it"]).map(drop)
    }

    /// Stops the broker inside the node: its port is closed, its queues are on disk.
    pub fn stop(&self) -> anyhow::Result<()> {
        self.control(&["stop_app"]).map(drop)
    }

    /// Starts it again after [`Self::stop`], and waits until it is ready.
    pub fn start_again(&self) -> anyhow::Result<()> {
        self.control(&["start_app"]).map(drop)
    }

    /// Raises the alarm that blocks every connection that publishes, or ends it.
    pub fn alarm(&self, is_on: bool) -> anyhow::Result<()> {
        let limit = if is_on { "1MB" } else { "1GB" };
        self.control(&["set_vm_memory_high_watermark", "absolute", limit])
            .map(drop)
    }
}
