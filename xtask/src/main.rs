//! Tasks of rbit's developers that need logic: see `cargo xtask --help`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a developer's tool speaks to a terminal"
)]

mod apt;
mod args;
mod bubblewrap;
mod chaos;
mod contract;
mod cost;
mod demo;
mod guests;
mod hostile;
mod install;
mod lint;
mod manual;
mod patience;
mod program;
mod programs;
mod python_start;
mod rabbitmq;
mod test;
mod timed;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Task};
use guests::Asked;

fn main() -> ExitCode {
    match run(Args::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> anyhow::Result<()> {
    match task {
        Task::Demo => demo::demo(),
        Task::Test { all, arguments } => test::test(all, &arguments),
        Task::Lint { all } => lint::lint(all),
        Task::Chaos(chaos) => chaos::chaos(&chaos),
        Task::Cluster(cluster) => chaos::cluster(&cluster),
        Task::Contract => contract::contract(),
        Task::Hostile { isolation, names } => hostile::hostile(isolation, &names),
        Task::Programs => programs::fetch().map(drop),
        Task::Neighbours => test::test(false, &NEIGHBOURS.map(str::to_owned)),
        Task::Thaw => test::test(false, &THAW.map(str::to_owned)),
        Task::Cost { jobs, boxes } => cost::measure(jobs, boxes),
        Task::PythonStart { jobs } => python_start::measure(jobs),
        Task::Install { prefix, debug } => install::install(&prefix, debug),
        Task::Guests {
            names,
            language,
            toolchain,
        } => guests::build_asked(&Asked {
            names,
            language,
            toolchain,
        }),
        Task::Bindings { language, project } => guests::write_bindings(language, &project),
    }
}

/// Each is one test of the program, and what it prints.
const THAW: [&str; 3] = ["--no-capture", "-E", "test(frozen_until_heartbeats_failed)"];
const NEIGHBOURS: [&str; 3] = ["--no-capture", "-E", "test(beside_ten_guests_that_spin)"];
