//! The program: arguments, wiring, telemetry, exit codes.
//!
//! It is the only crate that knows every other: `wiring.rs` maps the settings of `rbit-config` to the adapters and joins them to a
//! worker. It alone prints, reads the environment and hears signals. What a job is and how it goes on is decided elsewhere.

pub mod args;
pub mod exit_code;
pub mod failure;

mod alone;
mod clock;
mod command;
#[cfg(debug_assertions)]
mod fail_point;
mod guests;
mod memory;
mod message;
mod native;
mod output;
mod python;
mod scratch;
mod secrets;
mod settings;
mod shares;
mod signals;
mod table;
mod telemetry;
mod wiring;
mod world;

use args::{Args, Command};
use exit_code::Code;
use failure::Failure;

pub use rbit_jail::enter;

/// Does what the arguments ask for.
pub fn run(args: Args) -> Result<Code, Failure> {
    #[cfg(debug_assertions)]
    fail_point::arm_from_environment()?;
    match args.command {
        Command::Run(args) => command::run::run(&args),
        Command::Check(args) => command::check::check(&args),
        Command::Push(args) => command::push::push(&args),
        Command::Exec(args) => command::exec::exec(&args),
        Command::Test(args) => command::test::test(&args),
        Command::Broker(args) => command::broker::broker(&args),
        Command::Jobs(args) => command::jobs::jobs(&args),
        Command::Parked(args) => command::parked::parked(&args),
        Command::Drain(args) => command::drain::drain(&args),
        Command::Doctor(args) => command::doctor::doctor(&args),
        Command::Manual(args) => command::manual::manual(&args),
    }
}
