//! The program's own words: where log events go.

use std::io::{self, IsTerminal};

use anyhow::Context as _;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// Sends events to stderr: data alone goes to stdout. `filter` is a level, or directives as `tracing` has them.
pub(crate) fn start(format: Format, filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(format!("{QUIET},{filter}"))
        .with_context(|| format!("cannot read the log level `{filter}`"))?;
    let registry = tracing_subscriber::registry().with(filter);
    let started = match format {
        Format::Text => {
            let has_colour =
                io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
            registry
                .with(fmt::layer().with_writer(io::stderr).with_ansi(has_colour))
                .try_init()
        }
        Format::Json => registry
            .with(
                fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_span_list(false)
                    .with_writer(io::stderr),
            )
            .try_init(),
    };
    started.context("cannot start the log")
}

/// lapin logs refusals that we expect as errors, and says nothing that our own events do not say. A directive of the configuration
/// for the same target wins.
const QUIET: &str = "lapin=off";
