//! One case, from its file to its verdict.

use std::{fs, path::Path, sync::Arc, time::Instant};

use anyhow::Context as _;
use rbit_case::{
    Case, CaseResult, Delivered, Mismatch, Observed, Printed, Requested, Verdict, compare,
    compare::same_artifacts,
    update::{Rewritten, update},
};
use rbit_job::{Outcome, OutcomeKind, Plan, http::HttpExchange};
use tokio::runtime::Handle;

use super::{compiled::Compiled, find::Found, load};
use crate::{
    alone::{self, Cache, Interrupt, Ran, Recording, plan},
    args::TestArgs,
    failure,
};

/// What cases run on.
pub(super) struct Bench<'a> {
    pub(super) args: &'a TestArgs,
    pub(super) cache: Cache,
    pub(super) interrupt: Interrupt,
    pub(super) compiled: Compiled,
}

impl Bench<'_> {
    /// Runs a case as often as is wanted.
    pub(super) fn result(&self, found: &Found, runtime: &Handle) -> CaseResult {
        let started = Instant::now();
        let mut log = Vec::new();
        let verdict = if self.interrupt.is_heard() {
            Verdict::Stopped
        } else {
            let judged = self.judge(&found.file, runtime, &mut log);
            judged.unwrap_or_else(|error| Verdict::Broken(format!("{error:#}")))
        };
        CaseResult {
            name: found.name.clone(),
            file: found.file.clone(),
            verdict,
            log,
            duration: started.elapsed(),
        }
    }

    fn judge(&self, file: &Path, runtime: &Handle, log: &mut Vec<Printed>) -> anyhow::Result<Verdict> {
        let (case, text) = load::case(file)?;
        let request = load::request(&case)?;
        let answers = load::answers(&case)?;
        let setup = load::setup(&case, self.args).map_err(failure::into_error)?;
        let (settings, runner) = setup.finish(&self.cache).map_err(failure::into_error)?;
        let bench = alone::Bench::open(&settings).map_err(failure::into_error)?;
        let compiling = bench.prepare(&runner.processor, self.interrupt.signal());
        runtime.block_on(self.compiled.once(&runner.processor, compiling));
        let mut first: Option<Observed> = None;
        for number in 1..=self.args.repeat.get() {
            let output = tempfile::tempdir().context("cannot make a folder for the artifacts")?;
            let ran = match plan(&request, &runner, case.attempt, output.path()) {
                Ok(plan) => {
                    let canned = Some(answers.clone());
                    self.run(&bench, &Plan { canned, ..plan }, runtime)
                }
                Err(ending) => Ran::unstarted(ending),
            };
            let observed = observed(ran)?;
            log.clone_from(&observed.lines);
            if observed.kind() == OutcomeKind::Cancelled {
                return Ok(Verdict::Stopped);
            }
            let Some(before) = &first else {
                if let Some(verdict) = self.differing(&case, file, &text, &observed)? {
                    return Ok(verdict);
                }
                first = Some(observed);
                continue;
            };
            let mut mismatches = same_artifacts(&before.artifacts, &observed.artifacts);
            mismatches.extend(compare(&case.expect, &observed, &|path| load::bytes(path)));
            if !mismatches.is_empty() {
                return Ok(Verdict::Failed(in_run(number, mismatches)));
            }
        }
        Ok(Verdict::Passed)
    }

    fn run(&self, bench: &alone::Bench, plan: &Plan, runtime: &Handle) -> Ran {
        let log = Arc::new(Recording::new(false));
        runtime.block_on(bench.run(plan, log, &|| self.interrupt.signal()))
    }

    /// What is said of a run that is not as expected; nothing of one that is.
    fn differing(&self, case: &Case, file: &Path, text: &str, observed: &Observed) -> anyhow::Result<Option<Verdict>> {
        let mismatches = compare(&case.expect, observed, &|path| load::bytes(path));
        if mismatches.is_empty() {
            return Ok(None);
        }
        if !self.args.update {
            return Ok(Some(Verdict::Failed(mismatches)));
        }
        let rewritten = update(file, text, observed, &|path| load::bytes(path))?;
        write(file, text, &rewritten)?;
        let (now, _) = load::case(file)?;
        let left = compare(&now.expect, observed, &|path| load::bytes(path));
        Ok(Some(match left.is_empty() {
            true => Verdict::Updated,
            false => Verdict::Failed(left),
        }))
    }
}

fn in_run(number: u32, mismatches: Vec<Mismatch>) -> Vec<Mismatch> {
    let named = |found: Mismatch| Mismatch::new(format!("run {number}: {}", found.what), found.how);
    mismatches.into_iter().map(named).collect()
}

fn write(file: &Path, text: &str, rewritten: &Rewritten) -> anyhow::Result<()> {
    for (path, bytes) in &rewritten.files {
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| fs::write(path, bytes))
            .with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    if rewritten.text != text {
        fs::write(file, &rewritten.text).with_context(|| format!("cannot write `{}`", file.display()))?;
    }
    Ok(())
}

/// What a case can expect of a run. Files are read before their folder goes.
fn observed(ran: Ran) -> anyhow::Result<Observed> {
    let outcome = ran.performed.outcome;
    let delivered = outcome.artifacts().iter().map(|artifact| {
        let bytes =
            load::bytes(&artifact.path).with_context(|| format!("cannot read the artifact `{}`", artifact.name))?;
        let name = artifact.name.clone();
        anyhow::Ok(Delivered { name, bytes })
    });
    Ok(Observed {
        reason: outcome.reason(),
        text: Outcome::text(&outcome),
        artifacts: delivered.collect::<Result<_, _>>()?,
        requests: ran.heard.exchanges.iter().map(requested).collect(),
        lines: ran
            .heard
            .lines
            .into_iter()
            .map(|line| Printed {
                is_stderr: line.stream == "stderr",
                line: line.line,
            })
            .collect(),
    })
}

fn requested(exchange: &HttpExchange) -> Requested {
    let short = || format!("{}{}", exchange.target.as_deref().unwrap_or_default(), exchange.path);
    Requested {
        method: exchange.method.clone(),
        url: exchange.canned.as_ref().map_or_else(short, |used| used.url.clone()),
        is_refused: exchange.is_refused,
        is_unanswered: exchange.canned.as_ref().is_some_and(|used| used.answer.is_none()),
    }
}
