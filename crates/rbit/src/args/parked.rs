//! Arguments of `rbit parked`.

use clap::Subcommand;
use rbit_job::QueueName;

use super::ConfigArgs;

/// Arguments of `rbit parked`.
#[derive(Clone, Debug, clap::Args)]
pub struct ParkedArgs {
    /// What is to be done.
    #[command(subcommand)]
    pub task: ParkedTask,
}

/// What can be done with parked messages.
#[derive(Clone, Debug, Subcommand)]
pub enum ParkedTask {
    /// List parked messages, the oldest first
    #[command(after_help = LIST_HELP)]
    List(ParkedListArgs),
    /// Show a parked message
    #[command(after_help = SHOW_HELP)]
    Show(ParkedShowArgs),
    /// Put messages back into the queues they came from, as their first attempt
    #[command(after_help = REQUEUE_HELP)]
    Requeue(ParkedChoice),
    /// Delete parked messages
    #[command(after_help = DROP_HELP)]
    Drop(ParkedChoice),
}

/// Arguments of `rbit parked list`.
#[derive(Clone, Debug, clap::Args)]
pub struct ParkedListArgs {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its fields are documented")]
    pub config: ConfigArgs,

    /// Only messages that came from this queue
    #[arg(long, value_parser = |text: &str| QueueName::new(text))]
    pub queue: Option<QueueName>,

    /// How many, the oldest first
    #[arg(long, default_value_t = 50)]
    pub limit: usize,

    /// Print one JSON object a line instead of a table
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `rbit parked show`.
#[derive(Clone, Debug, clap::Args)]
pub struct ParkedShowArgs {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its fields are documented")]
    pub config: ConfigArgs,

    /// The message, as the list names it
    pub id: String,

    /// Print one JSON object instead of text
    #[arg(long, conflicts_with = "body")]
    pub json: bool,

    /// Print the message's bytes and nothing else
    #[arg(long)]
    pub body: bool,
}

/// Arguments of `rbit parked requeue` and `rbit parked drop`: which messages.
#[derive(Clone, Debug, clap::Args)]
pub struct ParkedChoice {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its fields are documented")]
    pub config: ConfigArgs,

    /// The messages, as the list names them
    #[arg(value_name = "ID", required_unless_present = "all")]
    pub ids: Vec<String>,

    /// All parked messages
    #[arg(long, conflicts_with = "ids")]
    pub all: bool,

    /// With `--all`: only messages that came from this queue
    #[arg(long, requires = "all", conflicts_with = "ids", value_parser = |text: &str| QueueName::new(text))]
    pub queue: Option<QueueName>,
}

pub(super) const USAGE: &str = "rbit parked FILE [OPTIONS]\n       rbit parked <COMMAND>";

pub(super) const HELP: &str = "\
A message is parked when it cannot be run, or was tried too often. RabbitMQ has them in queue
`rbit.parked`, which all boxes of a virtual host share; a box without a broker has its own.

`rbit parked FILE` is short for `rbit parked list FILE`.

Examples:
  rbit parked rbit.ini
  rbit parked show rbit.ini 17
  rbit parked show rbit.ini 17 --body > request.json
  rbit parked requeue rbit.ini 17 18
  rbit parked drop rbit.ini --all --queue cnx_any_latex_pdf

Exit status:
   0  done
   1  no such message is parked, or it could not be moved
  69  the broker cannot be reached, or there is no state folder
  78  the configuration has problems";

const LIST_HELP: &str = "\
Examples:
  rbit parked rbit.ini
  rbit parked list rbit.ini --queue cnx_any_latex_pdf
  rbit parked rbit.ini --json --limit 1000

Exit status:
   0  listed; there may be none
  69  the broker cannot be reached, or there is no state folder
  78  the configuration has problems";

const SHOW_HELP: &str = "\
Control characters and bytes that are not UTF-8 are shown in another form; --body prints the
message as it is.

Examples:
  rbit parked show rbit.ini 17
  rbit parked show rbit.ini 17 --json
  rbit parked show rbit.ini 17 --body > request.json

Exit status:
   0  shown
   1  no such message is parked
  69  the broker cannot be reached, or there is no state folder
  78  the configuration has problems";

const REQUEUE_HELP: &str = "\
A message is in its queue again before it is taken from where it is parked: when this is
interrupted, it may be in both.

Examples:
  rbit parked requeue rbit.ini 17 18
  rbit parked requeue rbit.ini --all
  rbit parked requeue rbit.ini --all --queue cnx_any_latex_pdf

Exit status:
   0  all are in their queues again
   1  no such message is parked, or it is still parked, for the reason on stderr
  69  the broker cannot be reached, a queue is gone, or there is no state folder
  78  the configuration has problems";

const DROP_HELP: &str = "\
Examples:
  rbit parked drop rbit.ini 17
  rbit parked drop rbit.ini --all

Exit status:
   0  all are deleted
   1  no such message is parked
  69  the broker cannot be reached, or there is no state folder
  78  the configuration has problems";
