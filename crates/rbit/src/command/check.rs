//! `rbit check`: what is wrong in a configuration.

use std::io::Write as _;

use rbit_config::Settings;

use crate::{args::CheckArgs, exit_code::Code, failure::Failure, guests::Guests, output, settings};

/// Checks the configuration as `rbit run` would, and opens no socket.
pub(crate) fn check(args: &CheckArgs) -> Result<Code, Failure> {
    let (checked, _) = settings::check(&args.config, Guests::to_look_at)?;
    let notes: Vec<_> = checked.notes.iter().map(|note| format!("note: {note}\n")).collect();
    std::io::stderr().write_all(&output::without_secrets(notes.concat().as_bytes()))?;
    let Some(settings) = checked.settings else {
        return Err(settings::failure(&checked.problems));
    };
    let text = if args.effective {
        effective(&settings)
    } else {
        summary(&settings)
    };
    output::print(text)?;
    Ok(Code::Success)
}

fn effective(settings: &Settings) -> String {
    settings.effective().iter().map(|value| format!("{value}\n")).collect()
}

fn summary(settings: &Settings) -> String {
    let queues: String = settings
        .queues
        .iter()
        .map(|queue| format!("  {} -> {}\n", queue.name, queue.runner))
        .collect();
    format!(
        "box `{}` with {} slots is in order:\n{queues}",
        settings.name, settings.slots
    )
}
