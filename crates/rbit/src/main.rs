//! The `rbit` program: see the library of the same name, whose face on the command line this is.

use std::process::ExitCode;

fn main() -> ExitCode {
    // A process for guests is this program once more: it must give up everything before anything else is begun.
    if let Some(code) = rbit::enter() {
        return code;
    }
    let args = rbit::args::parse();
    match rbit::run(args) {
        Ok(code) => code.into(),
        Err(error) => rbit::failure::show(&error).into(),
    }
}
