//! The table that `cargo xtask contract` shows.

#![expect(clippy::print_stdout, reason = "this is what it is for")]

use std::{process::ExitCode, thread, time::Duration};

use anyhow::anyhow;
use rbit_e2e::contract::{self, LANGUAGES, Pace};

fn main() -> anyhow::Result<ExitCode> {
    let columns = thread::scope(|scope| {
        let columns = LANGUAGES
            .each_ref()
            .map(|language| (language, scope.spawn(|| contract::column(language))));
        let column = |(language, column): (_, thread::ScopedJoinHandle<'_, _>)| {
            let cells = column.join().map_err(|_| anyhow!("a column panicked"))?;
            anyhow::Ok((language, cells?))
        };
        columns.into_iter().map(column).collect::<anyhow::Result<Vec<_>>>()
    })?;
    println!("{}", contract::table(&columns));
    println!();
    // One after the other, so that they do not slow each other down.
    let mut paces = Vec::new();
    for language in &LANGUAGES {
        if let Some(pace) = Pace::of(language)? {
            paces.push((language.name, pace));
        }
    }
    if let Some((first, _)) = paces.first() {
        println!("milliseconds, and how often those of {first} are in them");
    }
    for (name, pace) in &paces {
        let against = |time: fn(&Pace) -> Duration| {
            let base = paces.first().map_or(Duration::MAX, |(_, first)| time(first));
            let (ms, ratio) = (
                time(pace).as_secs_f64() * 1000.0,
                time(pace).as_secs_f64() / base.as_secs_f64(),
            );
            format!("{ms:8.2} ({ratio:5.1}x)")
        };
        println!(
            "{name:16} compiled in {}, does nothing in {}, hello in {}",
            against(|pace| pace.compile),
            against(|pace| pace.start),
            against(|pace| pace.job)
        );
    }
    let is_kept = columns.iter().all(|(_, cells)| contract::complaints(cells).is_empty());
    Ok(if is_kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
