//! Arguments of `rbit broker`.

use clap::Subcommand;

use super::ConfigArgs;

/// Arguments of `rbit broker`.
#[derive(Clone, Debug, clap::Args)]
pub struct BrokerArgs {
    /// What is to be done.
    #[command(subcommand)]
    pub task: BrokerTask,
}

/// What can be done about the broker.
#[derive(Clone, Debug, Subcommand)]
pub enum BrokerTask {
    /// Compare what the broker has with what the configuration needs
    #[command(after_help = CHECK_HELP)]
    Check(BrokerCheckArgs),
    /// Print, or make, what the broker lacks
    #[command(after_help = SETUP_HELP)]
    Setup(BrokerSetupArgs),
}

/// Arguments of `rbit broker check`.
#[derive(Clone, Debug, clap::Args)]
pub struct BrokerCheckArgs {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its fields are documented")]
    pub config: ConfigArgs,

    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `rbit broker setup`.
#[derive(Clone, Debug, clap::Args)]
pub struct BrokerSetupArgs {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its fields are documented")]
    pub config: ConfigArgs,

    /// Make what is missing, instead of only saying so
    #[arg(long)]
    pub apply: bool,
}

pub(super) const HELP: &str = "\
Examples:
  rbit broker check rbit.ini             is everything there, and as it must be?
  rbit broker setup rbit.ini             what is missing, and which policies help
  rbit broker setup rbit.ini --apply     make what is missing

Exit status:
   0  in order, or made
   1  problems were found
  69  the broker cannot be reached
  78  the configuration has problems, or no broker";

const CHECK_HELP: &str = "\
Exchanges, queues, retry queues and the box's name are looked at over AMQP; nothing is made
or changed. Each problem is printed with why it matters and what to do. Bindings and
policies cannot be seen that way; the report says how to see them.

Examples:
  rbit broker check rbit.ini
  rbit broker check rbit.ini --json

Exit status:
   0  in order; there may be notes
   1  problems were found
  69  the broker cannot be reached
  78  the configuration has problems, or no broker";

const SETUP_HELP: &str = "\
Without --apply nothing is changed. What exists is never changed: `rbit broker check` says
where it differs. Policies need an administrator of the broker and are printed as commands.

Examples:
  rbit broker setup rbit.ini
  rbit broker setup rbit.ini --apply

Exit status:
   0  what is missing was listed, or made
  69  the broker cannot be reached, or does not let the user make it
  78  the configuration has problems, or no broker";
