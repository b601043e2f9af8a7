//! `rbit test`: cases, kept as data.

mod compiled;
mod find;
mod load;
mod module_dir;
mod run;

use std::{
    num::NonZero,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use anyhow::anyhow;
use rbit_case::{CaseResult, Verdict, report};

use self::{compiled::Compiled, find::Found};
use crate::{
    alone::{Cache, Interrupt},
    args::{TestArgs, TestFormat},
    exit_code::Code,
    failure::Failure,
    output,
    telemetry::{self, Format},
    wiring,
};

/// Runs cases, and prints what became of each.
pub(crate) fn test(args: &TestArgs) -> Result<Code, Failure> {
    let is_meant = |found: &Found| args.filter.is_empty() || args.filter.iter().any(|text| found.name.contains(text));
    let mut cases = find::find(&args.paths)?;
    cases.retain(is_meant);
    if cases.is_empty() {
        let error = anyhow!("there is no case");
        let help = "a case is a file `case.toml` or `NAME.case.toml`; `--filter` leaves those whose name has its text";
        return Err(Failure::new(Code::NoCase, error).with_help(help));
    }
    telemetry::start(Format::Text, "error")?;
    let results = all(&cases, args)?;
    output::print(match args.format {
        TestFormat::Text => report::as_text(&results),
        TestFormat::Json => format!("{}\n", report::as_json(&results)),
        TestFormat::Junit => report::as_junit(&results),
    })?;
    Ok(code(&results))
}

/// Runs every case, several at once. The results are in the order of the cases.
fn all(cases: &[Found], args: &TestArgs) -> Result<Vec<CaseResult>, Failure> {
    let runtime = wiring::control_runtime()?;
    let interrupt = runtime.block_on(async { Interrupt::listen() })?;
    let bench = run::Bench {
        args,
        cache: Cache::of_user()?,
        interrupt,
        compiled: Compiled::default(),
    };
    let jobs = args
        .jobs
        .or_else(|| thread::available_parallelism().ok())
        .map_or(1, NonZero::get);
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..jobs.min(cases.len()) {
            scope.spawn(|| {
                while let Some((place, case)) = taken(&next, cases) {
                    let result = bench.result(case, runtime.handle());
                    results
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push((place, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(place, _)| *place);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

fn taken<'a>(next: &AtomicUsize, cases: &'a [Found]) -> Option<(usize, &'a Found)> {
    let place = next.fetch_add(1, Ordering::Relaxed);
    Some((place, cases.get(place)?))
}

fn code(results: &[CaseResult]) -> Code {
    if results.iter().any(|result| result.verdict == Verdict::Stopped) {
        Code::Cancelled
    } else if results.iter().all(|result| result.verdict.is_good()) {
        Code::Success
    } else {
        Code::CasesFailed
    }
}

#[cfg(test)]
mod tests {
    use rbit_case::Mismatch;

    use super::*;

    #[test]
    fn the_status_is_that_of_the_worst_case() {
        let status = |verdicts: &[Verdict]| {
            let result = |verdict: &Verdict| CaseResult {
                name: String::new(),
                file: "".into(),
                verdict: verdict.clone(),
                log: vec![],
                duration: Default::default(),
            };
            code(&verdicts.iter().map(result).collect::<Vec<_>>())
        };
        let failed = Verdict::Failed(vec![Mismatch::new("outcome", "")]);
        let broken = Verdict::Broken(String::new());
        assert_eq!(status(&[Verdict::Passed, Verdict::Updated]), Code::Success);
        assert_eq!(status(&[Verdict::Passed, failed.clone()]), Code::CasesFailed);
        assert_eq!(status(&[broken, Verdict::Passed]), Code::CasesFailed);
        assert_eq!(status(&[failed, Verdict::Stopped]), Code::Cancelled);
    }
}
