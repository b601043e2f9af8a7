//! What an operator does to a node.

use std::process::Command;

use anyhow::{Context as _, ensure};

use super::{PLACES, PrivateBroker};

impl PrivateBroker {
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

    /// Runs `rabbitmqctl` for this node, and gives what it printed.
    pub fn control(&self, words: &[&str]) -> anyhow::Result<String> {
        let servers = PLACES.iter().map(std::path::Path::new);
        let programs = servers.filter_map(|server| Some(server.parent()?.join("rabbitmqctl")));
        let program = programs.into_iter().find(|program| program.is_file());
        let mut command = Command::new(program.context("no rabbitmqctl is beside the server")?);
        command
            .args(["--quiet", "--node", &format!("rbit-{}@localhost", self.port)])
            .args(words)
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
            .env("ERL_EPMD_PORT", self.mapper.to_string());
        let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "rabbitmqctl {words:?}: {said}{complaint}");
        Ok(said)
    }
}
