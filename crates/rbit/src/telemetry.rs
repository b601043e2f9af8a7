//! The program's own words: where log events go.

use std::io::{self, IsTerminal, Write};

use anyhow::Context as _;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::output;

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// Sends events to stderr: data alone goes to stdout. `filter` is a level, or directives as `tracing` has them.
/// No secret of a runner and no password of the box gets through, whoever writes it.
pub(crate) fn start(format: Format, filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(format!("{QUIET},{filter}"))
        .with_context(|| format!("cannot read the log level `{filter}`"))?;
    let writer = || RedactingStderr;
    let registry = tracing_subscriber::registry().with(filter);
    let started = match format {
        Format::Text => {
            let has_colour =
                io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
            registry
                .with(fmt::layer().with_writer(writer).with_ansi(has_colour))
                .try_init()
        }
        Format::Json => registry
            .with(
                fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_span_list(false)
                    .with_writer(writer),
            )
            .try_init(),
    };
    started.context("cannot start the log")
}

/// Standard error without secrets. An event is written at once, so that none is cut in two.
struct RedactingStderr;

impl Write for RedactingStderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stderr().write_all(&output::without_secrets(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// lapin logs refusals that we expect as errors, and says nothing that our own events do not say. A directive of the configuration
/// for the same target wins. wasmtime-wasi's preview 1 has a span of level `info` for each call of a guest.
const QUIET: &str = "lapin=off,wasmtime_wasi=warn";
