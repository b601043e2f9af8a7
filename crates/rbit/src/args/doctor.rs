//! Arguments of `rbit doctor`.

use super::ConfigArgs;

/// Arguments of `rbit doctor`.
#[derive(Clone, Debug, clap::Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its fields are documented")]
    pub config: ConfigArgs,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

pub(super) const HELP: &str = "\
A process is started as one with guests is, gives up what that does, says what is in force, and
ends. Nothing is run in it, and nothing is changed on the machine.

Examples:
  rbit doctor rbit.ini
  rbit doctor rbit.ini --json

Exit status:
   0  guests run as `isolation` in [rbit] wants it
  69  this machine lacks what `isolation = process` needs
  78  the configuration has problems";
