//! The command line.

use std::{ffi::OsString, path::PathBuf};

use clap::{CommandFactory as _, Parser, Subcommand};

/// Run build requests from a message queue, each as a WebAssembly component in a sandbox of its own.
///
/// `rbit FILE` is short for `rbit run FILE`.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES, override_usage = "rbit FILE\n       rbit <COMMAND>")]
pub struct Args {
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Take jobs and run them, until told to stop
    #[command(after_help = RUN_HELP)]
    Run(RunArgs),
    /// Find what is wrong in a configuration, without opening a socket
    #[command(after_help = CHECK_HELP)]
    Check(CheckArgs),
    /// Put a build request into a queue
    #[command(after_help = PUSH_HELP)]
    Push(Box<PushArgs>),
    /// List the jobs that this box has run
    #[command(after_help = JOBS_HELP)]
    Jobs(JobsArgs),
}

/// Which configuration, and what is put over it.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ConfigArgs {
    /// The INI file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// A value that wins over the file and the environment, such as `rbit.slots=4`
    #[arg(long = "set", value_name = "SECTION.KEY=VALUE", value_parser = parse_set)]
    pub set: Vec<Override>,
}

/// One `--set`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The section's name.
    pub section: String,
    /// The key's name.
    pub key: String,
    /// The value, as it would stand in the file.
    pub value: String,
}

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

/// Arguments of `rbit push`.
#[derive(Clone, Debug, clap::Args)]
pub struct PushArgs {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its fields are documented")]
    pub config: ConfigArgs,

    /// The message as it is: a file, or `-` for stdin. It is sent unchanged
    #[arg(long, value_name = "FILE", conflicts_with_all = ["package", "job", "uri", "vcs_id", "method"])]
    pub message: Option<PathBuf>,

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

/// Arguments of `rbit jobs`.
#[derive(Clone, Debug, clap::Args)]
pub struct JobsArgs {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its fields are documented")]
    pub config: ConfigArgs,

    /// How many, the newest first
    #[arg(long, default_value_t = 50)]
    pub limit: u32,

    /// Print one JSON object a line instead of a table
    #[arg(long)]
    pub json: bool,
}

/// Reads the arguments of this process; ends it with a message when they make no sense, or ask for help.
pub fn parse() -> Args {
    Args::parse_from(with_command(std::env::args_os()))
}

/// The arguments in the form that names a command: the Python rbit had one, and `rbit FILE` meant it.
fn with_command(words: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut words: Vec<_> = words.into_iter().collect();
    let is_command =
        |word: &str| word == "help" || Args::command().get_subcommands().any(|known| known.get_name() == word);
    let is_file = words.get(1).is_some_and(|first| match first.to_str() {
        Some(text) => !text.starts_with('-') && !is_command(text),
        None => true,
    });
    if is_file {
        words.insert(1, "run".into());
    }
    words
}

fn parse_set(text: &str) -> Result<Override, String> {
    let expected = "expected SECTION.KEY=VALUE, such as `amqp.host=broker`";
    let (name, value) = text.split_once('=').ok_or(expected)?;
    let (section, key) = name.rsplit_once('.').ok_or(expected)?;
    if section.is_empty() || key.is_empty() {
        return Err(expected.to_owned());
    }
    Ok(Override {
        section: section.to_owned(),
        key: key.to_owned(),
        value: value.to_owned(),
    })
}

pub(crate) const EXIT_CODES: &str = "\
Exit status:
   0  done
   1  it could not be done
   2  the arguments make no sense
  69  broker or queue cannot be reached, or another rbit holds the state folder
  78  the configuration has problems";

const RUN_HELP: &str = "\
Ctrl+C or SIGTERM once: take no more jobs, and let running ones end within `drain-timeout`.
Twice, or SIGQUIT: stop running jobs too; their messages stay in the queue.

Examples:
  rbit rbit.ini                          run until told to stop
  rbit run rbit.ini --drain              run what is there, then leave
  rbit run rbit.ini --set rbit.slots=1   one job at a time
  RBIT_AMQP_HOST=broker rbit rbit.ini    another broker than the file's";

const CHECK_HELP: &str = "\
Every problem is printed with file, line, section and key. The components that runners name are loaded and their
exports and imports checked; no job runs and no socket is opened.

Examples:
  rbit check rbit.ini
  rbit check rbit.ini --effective        what is in force, and where each value came from";

const PUSH_HELP: &str = "\
The queue is that of the configuration's `source`: the local one in the state folder, or RabbitMQ.

Examples:
  rbit push rbit.ini --package col10642 --version 1.2
  rbit push rbit.ini --queue cnx_any_latex_pdf --package m9003 --uri http://cnx.org/content/
  rbit push rbit.ini --queue cnx_any_latex_pdf --message request.json";

const JOBS_HELP: &str = "\
Examples:
  rbit jobs rbit.ini
  rbit jobs rbit.ini --json --limit 1000";

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &str) -> Command {
        Args::try_parse_from(with_command(words.split(' ').map(OsString::from)))
            .unwrap()
            .command
    }

    #[test]
    fn the_definition_of_the_arguments_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_old_form_means_run() {
        let Command::Run(args) = parsed("rbit rbit.ini") else {
            panic!("not run")
        };
        assert_eq!((args.config.file, args.drain), (PathBuf::from("rbit.ini"), false));
        let Command::Run(args) = parsed("rbit ./check --drain") else {
            panic!("not run")
        };
        assert!(args.drain);
        assert!(matches!(parsed("rbit check rbit.ini"), Command::Check(_)));
    }

    #[test]
    fn a_value_to_set_names_its_section_and_key() {
        let set = |section: &str, key: &str, value: &str| Override {
            section: section.into(),
            key: key.into(),
            value: value.into(),
        };
        assert_eq!(parse_set("amqp.host=a=b"), Ok(set("amqp", "host", "a=b")));
        assert_eq!(parse_set("queue:a.b.slots=2"), Ok(set("queue:a.b", "slots", "2")));
        for wrong in ["amqp.host", "host=x", ".host=x", "amqp.=x"] {
            assert!(parse_set(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_push_needs_a_package_or_a_message() {
        assert!(Args::try_parse_from(["rbit", "push", "rbit.ini"]).is_err());
        assert!(Args::try_parse_from(["rbit", "push", "rbit.ini", "--message", "-", "--package", "x"]).is_err());
    }
}
