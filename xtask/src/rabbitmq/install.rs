//! How `rabbitmq-server` gets onto this machine.

use std::{
    fs,
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::{Context, bail};

use super::say;
use crate::apt;

/// Installs it, where that is possible: on Debian, as root.
pub(super) fn install() -> anyhow::Result<&'static Path> {
    if !apt::can_install() {
        bail!("no RabbitMQ answers here, and none is installed: {HELP}");
    }
    say("installing rabbitmq-server from Debian");
    let no_service = NoServices::arrange()?;
    apt::install(&["rabbitmq-server"]).context(HELP)?;
    drop(no_service);
    rbit_broker_node::installed()
        .context("rabbitmq-server was installed, but its start script is at none of the known places")
}

/// Keeps the package from starting a broker of its own while it lives: Debian asks this policy before it starts a service.
struct NoServices {
    wrote_policy: bool,
}

impl NoServices {
    fn arrange() -> anyhow::Result<Self> {
        let file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o755)
            .open(POLICY);
        match file {
            Ok(mut file) => {
                let this = Self { wrote_policy: true };
                file.write_all(b"#!/bin/sh\nexit 101\n")
                    .with_context(|| format!("cannot write {POLICY}"))?;
                Ok(this)
            }
            // The machine has a policy of its own, such as the one of container images.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Self { wrote_policy: false }),
            Err(error) => Err(error).with_context(|| format!("cannot write {POLICY}")),
        }
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if self.wrote_policy && fs::remove_file(POLICY).is_err() {
            say(&format!(
                "could not remove {POLICY}: while it is there, no service starts on this machine"
            ));
        }
    }
}

const HELP: &str = "install it (on Debian: `apt-get install rabbitmq-server`), \
    start one (`docker run --rm -p 5672:5672 rabbitmq:4`), or set RBIT_TEST_AMQP to the URL of one";

const POLICY: &str = "/usr/sbin/policy-rc.d";
