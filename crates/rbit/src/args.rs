//! The command line.

mod broker;
mod check;
mod config;
mod doctor;
mod drain;
mod exec;
mod jobs;
mod manual;
mod parked;
mod push;
mod run;
mod test;
mod words;

use clap::{Parser, Subcommand};

pub use broker::{BrokerArgs, BrokerCheckArgs, BrokerSetupArgs, BrokerTask};
pub use check::CheckArgs;
pub use config::{ConfigArgs, Override};
pub use doctor::DoctorArgs;
pub use drain::DrainArgs;
pub use exec::{ExecArgs, IsolationArg, Pair};
pub use jobs::{JobsArgs, JobsCancelArgs, JobsListArgs, JobsResendArgs, JobsShowArgs, JobsTask};
pub use manual::ManualArgs;
pub use parked::{ParkedArgs, ParkedChoice, ParkedListArgs, ParkedShowArgs, ParkedTask};
pub use push::PushArgs;
pub use run::RunArgs;
pub use test::{TestArgs, TestFormat};

/// Run build requests from a message queue, each as a WebAssembly component in a sandbox of its own.
///
/// `rbit FILE` is short for `rbit run FILE`.
#[derive(Debug, Parser)]
#[command(version, after_help = HELP, override_usage = "rbit FILE\n       rbit <COMMAND>")]
pub struct Args {
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Take jobs and run them, until told to stop
    #[command(after_help = run::HELP)]
    Run(RunArgs),
    /// Find what is wrong in a configuration, without opening a socket
    #[command(after_help = check::HELP)]
    Check(CheckArgs),
    /// Put a build request into a queue
    #[command(after_help = push::HELP)]
    Push(Box<PushArgs>),
    /// Run one job by hand, as a box would, and say what came of it
    #[command(after_help = exec::HELP)]
    Exec(Box<ExecArgs>),
    /// Hold runners against their cases
    #[command(after_help = test::HELP)]
    Test(TestArgs),
    /// Compare the broker with what the configuration needs, or make what it lacks
    #[command(after_help = broker::HELP)]
    Broker(BrokerArgs),
    /// List the jobs that this box has run, show one, or call one off
    #[command(after_help = jobs::HELP, override_usage = jobs::USAGE)]
    Jobs(JobsArgs),
    /// List the messages that were put aside, show one, try them again or delete them
    #[command(after_help = parked::HELP, override_usage = parked::USAGE)]
    Parked(ParkedArgs),
    /// Tell a running box to take no more jobs, finish those it has, and leave
    #[command(after_help = drain::HELP)]
    Drain(DrainArgs),
    /// Say what stands between guests and this machine
    #[command(after_help = doctor::HELP)]
    Doctor(DoctorArgs),
    /// Write the manual pages
    #[command(after_help = manual::HELP)]
    Manual(ManualArgs),
}

/// Reads the arguments of this process; ends it with a message when they make no sense, or ask for help.
pub fn parse() -> Args {
    Args::parse_from(words::complete(std::env::args_os()))
}

/// Examples first; a test holds the exit statuses against the list of them.
pub(crate) const HELP: &str = "\
Examples:
  rbit check rbit.ini                                 what is wrong with it?
  rbit rbit.ini                                       run until Ctrl+C
  rbit push rbit.ini --package m9003 --version 1.2    a request, without PyBit
  rbit jobs rbit.ini --since 2h                       what happened?
  rbit jobs show rbit.ini 4                           and why?
  rbit parked rbit.ini                                what was put aside
  rbit broker check rbit.ini                          has the broker what it must have?
  rbit drain rbit.ini --wait                          let it finish, and leave
  rbit exec hello.wasm --package m9003 --output out   one job by hand, without a broker
  rbit test                                           runners held against their cases

`rbit COMMAND --help` has more. Logs go to stderr, data to stdout.

Exit status:
   0  done
   1  it could not be done
   2  the arguments make no sense
  10  `exec`: the guest failed
  11  `exec`: the guest trapped, panicked or exited
  12  `exec`: the guest met a limit
  13  `exec`: a file that it named cannot be delivered
  14  `exec`: the module is no runner
  20  `test`: a case did not end as it says
  21  `test`: there is no case
  65  `exec`: the request cannot be used
  69  broker, queue, journal or running box cannot be reached, or another rbit has the state folder
  71  `exec`: this machine could not do its part
  75  `exec`: the guest is blocked
  77  `exec`: the guest asked for what it was not granted
  78  the configuration has problems
 124  `exec`: the guest's time was over
 130  `exec`, `test`: stopped by Ctrl+C or SIGTERM";

#[cfg(test)]
mod tests {
    use std::{ffi::OsString, path::PathBuf};

    use clap::CommandFactory as _;

    use super::*;

    fn parsed(words: &str) -> Command {
        Args::try_parse_from(words::complete(words.split(' ').map(OsString::from)))
            .unwrap()
            .command
    }

    #[test]
    fn the_definition_of_the_arguments_is_sound() {
        Args::command().debug_assert();
    }

    /// Every command and subcommand, with the words that call it.
    fn commands() -> Vec<(String, clap::Command)> {
        let mut all = vec![("rbit".to_owned(), Args::command())];
        let mut next = 0;
        while let Some((name, command)) = all.get(next).cloned() {
            let below = command.get_subcommands().cloned();
            all.extend(below.map(|below| (format!("{name} {}", below.get_name()), below)));
            next += 1;
        }
        all
    }

    /// The calls of rbit in an example, without what a shell makes of the rest of its line.
    fn calls(example: &str) -> impl Iterator<Item = &str> {
        let line = example.trim_start().split("  ").next().unwrap();
        let line = line.split(" > ").next().unwrap();
        line.split(" && ")
            .map(|call| call.find("rbit ").map_or(call, |at| &call[at..]))
    }

    #[test]
    fn every_command_teaches_with_examples_that_are_right_and_tells_its_exit_statuses() {
        let all = commands();
        assert!(all.len() > 15, "{}", all.len());
        for (name, command) in all {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Exit status:\n   0  "), "{name}: {help}");
            let (_, examples) = help
                .split_once("Examples:\n")
                .unwrap_or_else(|| panic!("{name}: {help}"));
            let examples: Vec<_> = examples.lines().take_while(|line| line.starts_with("  ")).collect();
            assert!(!examples.is_empty(), "{name}");
            for call in examples.into_iter().flat_map(calls) {
                let words = words::complete(call.split(' ').map(OsString::from));
                assert!(Args::try_parse_from(words).is_ok(), "{name}: `{call}`");
            }
        }
    }

    #[test]
    fn the_old_form_means_run() {
        let Command::Run(args) = parsed("rbit rbit.ini") else {
            panic!("not run")
        };
        assert_eq!((args.config.file, args.drain), (PathBuf::from("rbit.ini"), false));
        assert!(matches!(parsed("rbit check rbit.ini"), Command::Check(_)));
    }

    #[test]
    fn the_old_form_of_jobs_is_its_list() {
        let Command::Jobs(JobsArgs {
            task: JobsTask::List(args),
        }) = parsed("rbit jobs rbit.ini --json --limit 3")
        else {
            panic!("not the list")
        };
        assert_eq!((args.limit, args.json, args.state), (3, true, None));
    }

    #[test]
    fn parked_messages_are_chosen_by_id_or_all_of_them() {
        let is_good = |words: &str| Args::try_parse_from(words::complete(words.split(' ').map(OsString::from))).is_ok();
        assert!(is_good("rbit parked drop rbit.ini 1 2"));
        assert!(is_good("rbit parked drop rbit.ini --all --queue q"));
        assert!(!is_good("rbit parked drop rbit.ini"));
        assert!(!is_good("rbit parked drop rbit.ini 1 --all"));
        assert!(!is_good("rbit parked drop rbit.ini 1 --queue q"));
    }

    #[test]
    fn a_push_needs_a_package_or_a_message() {
        assert!(Args::try_parse_from(["rbit", "push", "rbit.ini"]).is_err());
        assert!(Args::try_parse_from(["rbit", "push", "rbit.ini", "--message", "-", "--package", "x"]).is_err());
    }
}
