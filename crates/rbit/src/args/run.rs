//! Arguments of `rbit run`.

use super::ConfigArgs;

/// Arguments of `rbit run`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct RunArgs {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its fields are documented")]
    pub config: ConfigArgs,

    /// Leave when the queues are empty and no retry is pending
    #[arg(long)]
    pub drain: bool,
}

pub(super) const HELP: &str = "\
Ctrl+C or SIGTERM once: take no more jobs, and let running ones end within `drain-timeout`.
Twice, or SIGQUIT: stop running jobs too; their messages stay in the queue.

Examples:
  rbit rbit.ini                          run until told to stop
  rbit run rbit.ini --drain              run what is there, then leave
  rbit run rbit.ini --set rbit.slots=1   one job at a time
  RBIT_AMQP_HOST=broker rbit rbit.ini    another broker than the file's

Exit status:
   0  it left as it was told to; a job that failed is no error of the program
  69  another rbit has the state folder or the name; with --drain, the broker does not answer
  78  the configuration has problems: starting again does not help";
