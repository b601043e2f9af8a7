//! Where RabbitMQ's programs are.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// The start script of an installed RabbitMQ.
///
/// Not the wrapper in `/usr/sbin`: that one runs as root or `rabbitmq` only, and with data under `/var/lib`.
pub fn installed() -> Option<&'static Path> {
    PLACES.iter().map(Path::new).find(|place| place.is_file())
}

/// The program beside a start script that tells a node what to do.
pub(crate) fn control(server: &Path) -> anyhow::Result<PathBuf> {
    let program = server.parent().map(|folder| folder.join("rabbitmqctl"));
    let program = program.filter(|program| program.is_file());
    program.with_context(|| format!("no rabbitmqctl is beside `{}`", server.display()))
}

const PLACES: [&str; 3] = [
    "/usr/lib/rabbitmq/bin/rabbitmq-server",
    "/opt/homebrew/sbin/rabbitmq-server",
    "/usr/local/sbin/rabbitmq-server",
];
