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
    for language in &LANGUAGES {
        // One after the other, so that they do not slow each other down.
        if let Some(pace) = Pace::of(language)? {
            let ms = |time: Duration| time.as_secs_f64() * 1000.0;
            println!(
                "{:16} compiled in {:6.0} ms, does nothing in {:6.2} ms and hello in {:6.2} ms",
                language.name,
                ms(pace.compile),
                ms(pace.start),
                ms(pace.job)
            );
        }
    }
    let is_kept = columns.iter().all(|(_, cells)| contract::complaints(cells).is_empty());
    Ok(if is_kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
