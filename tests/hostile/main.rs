//! `cargo xtask hostile`, after everything it needs was built: the arguments are the program, a folder, where guests run, and the
//! names of guests, all if there are none.

#![expect(clippy::print_stdout, reason = "a developer's tool speaks to a terminal")]

use std::{fs, path::Path, process::ExitCode};

use anyhow::{Context as _, bail};
use rbit_e2e::{
    driver,
    hostile::{self, Case, Row, Stand},
};

fn main() -> ExitCode {
    driver::drive(run)
}

/// Whether each guest ended as it must.
fn run(words: &[String]) -> anyhow::Result<bool> {
    let [rbit, folder, isolation, names @ ..] = words else {
        bail!("expected: RBIT FOLDER ISOLATION [GUEST...]");
    };
    let cases = chosen(names);
    if cases.is_empty() {
        bail!("there is no such guest");
    }
    println!("isolation = {isolation}\n{}", hostile::heading());
    let mut wrong = 0;
    for case in &cases {
        let (row, residue) = match alone(rbit.as_ref(), folder.as_ref(), isolation, *case) {
            Ok(happened) => happened,
            Err(error) => {
                println!("{:32} WRONG: its box failed: {error:#}", case.name());
                wrong += 1;
                continue;
            }
        };
        println!("{row}");
        for left in &residue {
            println!("    WRONG: {left}");
        }
        wrong += usize::from(!row.is_right() || !residue.is_empty());
    }
    println!(
        "{} guests in {} ways, {wrong} wrong, with isolation = {isolation}",
        guests(&cases),
        cases.len()
    );
    Ok(wrong == 0)
}

/// Runs a case in a box of its own, which keeps what it compiled for the next.
fn alone(rbit: &Path, folder: &Path, isolation: &str, case: Case) -> anyhow::Result<(Row, Vec<String>)> {
    let own = folder.join(case.name());
    if own.exists() {
        fs::remove_dir_all(&own)?;
    }
    fs::create_dir_all(&own)?;
    let stand = Stand::new(rbit, &own, &[case], &format!("isolation = {isolation}"))?;
    let rows = if case.is_refused_at_start() {
        stand.refused()?
    } else {
        stand.push()?;
        let peak = stand.drain_measured()?;
        stand.rows(Some(peak))?
    };
    let row = rows.into_iter().next().context("no row")?;
    let residue = stand.residue()?;
    if row.is_right() && residue.is_empty() {
        fs::remove_dir_all(&own)?;
    }
    Ok((row, residue))
}

fn chosen(names: &[String]) -> Vec<Case> {
    let is_meant = |case: &Case| {
        let is_its = |name: &String| *name == case.name() || name == case.fixture.name();
        names.is_empty() || names.iter().any(is_its)
    };
    hostile::all().into_iter().filter(is_meant).collect()
}

fn guests(cases: &[Case]) -> usize {
    let mut fixtures: Vec<_> = cases.iter().map(|case| case.fixture).collect();
    fixtures.dedup();
    fixtures.len()
}
