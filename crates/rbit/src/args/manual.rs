//! Arguments of `rbit manual`.

use std::path::PathBuf;

/// Arguments of `rbit manual`.
#[derive(Clone, Debug, clap::Args)]
pub struct ManualArgs {
    /// The folder, such as `/usr/local/share/man/man1`; it is made if it is not there
    pub folder: PathBuf,
}

pub(super) const HELP: &str = "\
A page for each command: rbit.1, rbit-run.1, rbit-jobs-show.1. `cargo xtask install` calls it, and adds
rbit.ini.5, which is about the configuration file.

Examples:
  rbit manual /usr/local/share/man/man1
  rbit manual pages && man ./pages/rbit-exec.1

Exit status:
   0  the pages are written; their names are printed
   1  they cannot be written";
