//! Arguments of `rbit push`.

use std::path::PathBuf;

use super::ConfigArgs;

/// Arguments of `rbit push`.
#[derive(Clone, Debug, clap::Args)]
pub struct PushArgs {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its fields are documented")]
    pub config: ConfigArgs,

    /// The message as it is: a file, or `-` for stdin. It is sent unchanged
    #[arg(long, value_name = "FILE", conflicts_with_all = ["package", "job", "uri", "vcs_id", "method"])]
    pub message: Option<PathBuf>,

    /// Submit the package to PyBit over HTTP, which makes the jobs and the messages
    #[arg(long, conflicts_with_all = ["message", "queue", "job"])]
    pub pybit: bool,

    /// The queue; without it, the one that distribution, architecture, suite and format make
    #[arg(long)]
    pub queue: Option<String>,

    /// Name of the package: the id of a module or collection
    #[arg(long, required_unless_present = "message")]
    pub package: Option<String>,

    /// Version of the package
    #[arg(long, default_value = "latest")]
    pub version: String,

    /// Distribution
    #[arg(long, default_value = "cnx")]
    pub dist: String,

    /// Architecture
    #[arg(long, default_value = "any")]
    pub arch: String,

    /// Suite
    #[arg(long, default_value = "latex")]
    pub suite: String,

    /// What to make
    #[arg(long, default_value = "pdf")]
    pub format: String,

    /// How the sources are fetched
    #[arg(long, default_value = "http")]
    pub method: String,

    /// Where the sources are
    #[arg(long, default_value = "")]
    pub uri: String,

    /// Which version of the sources
    #[arg(long, default_value = "")]
    pub vcs_id: String,

    /// The job's number; without it, one made of the time
    #[arg(long)]
    pub job: Option<u64>,
}

pub(super) const HELP: &str = "\
The queue is that of the configuration's `source`: a local one in the state folder, which
`queue-mappings` must name, or one of RabbitMQ, which must be there.

With --pybit the package goes to the front-end of [pybit], which must know distribution,
suite and format. It makes one job for each build target of the suite that --arch means:
`any` is all of them, `all` the first of each build environment, another text those whose
name occurs in it. It does not say how many, nor their numbers, and says yes to a package
on its blacklist, too. Submit one format of a package at a time: each submission cancels
the unfinished jobs of the package's other formats.

Examples:
  rbit push rbit.ini --package col10642 --version 1.2
  rbit push rbit.ini --queue cnx_any_latex_pdf --package m9003 --uri http://cnx.org/content/
  rbit push rbit.ini --queue cnx_any_latex_pdf --message request.json
  rbit push rbit.ini --pybit --package m9003 --version 1.2 --uri http://cnx.org/content/

Exit status:
   0  the queue, or PyBit, has it
   1  the box serves no such queue, the message cannot be read, or PyBit refuses it
  69  broker or PyBit cannot be reached, or the broker has no such queue
  78  the configuration has problems";
