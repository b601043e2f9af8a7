//! Arguments of `rbit drain`.

use super::ConfigArgs;

/// Arguments of `rbit drain`.
#[derive(Clone, Debug, clap::Args)]
pub struct DrainArgs {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its fields are documented")]
    pub config: ConfigArgs,

    /// Come back when the box has left
    #[arg(long)]
    pub wait: bool,
}

pub(super) const HELP: &str = "\
The box that works in the configuration's `state-dir` does as if it got SIGTERM: it takes no more
jobs, lets running ones end within `drain-timeout`, then stops them.

Examples:
  rbit drain rbit.ini
  rbit drain rbit.ini --wait && rbit rbit.ini

Exit status:
   0  the box was told; with --wait, it has left
  69  no box runs there
  78  the configuration has problems";
