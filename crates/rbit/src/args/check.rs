//! Arguments of `rbit check`.

use super::ConfigArgs;

/// Arguments of `rbit check`.
#[derive(Clone, Debug, clap::Args)]
pub struct CheckArgs {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its fields are documented")]
    pub config: ConfigArgs,

    /// Print each value with where it came from, secrets hidden
    #[arg(long)]
    pub effective: bool,
}

pub(super) const HELP: &str = "\
Every problem is printed with file, line, section and key. The components that runners name are
loaded and their exports and imports checked, and so are the files for encrypted connections; no
job runs and no socket is opened.

Examples:
  rbit check rbit.ini
  rbit check rbit.ini --effective        what is in force, and where each value came from
  rbit check rbit.ini --set amqp.host=broker

Exit status:
   0  in order; there may be notes, on stderr
  78  there are problems, or the file cannot be read";
