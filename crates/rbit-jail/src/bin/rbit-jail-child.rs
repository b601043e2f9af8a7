//! The child alone, for the tests of `rbit-jail`.

use std::process::ExitCode;

fn main() -> ExitCode {
    rbit_jail::enter().unwrap_or(ExitCode::FAILURE)
}
