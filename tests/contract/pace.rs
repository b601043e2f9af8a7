//! How long a language takes here: single runs of one machine, to be compared with each other and nothing else.

use std::time::{Duration, Instant};

use super::{Case, Language, Stage, cases};

/// What it costs to begin with a guest, and to use it.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// To compile it, once for each file.
    pub compile: Duration,
    /// From the start of an instance to the end of a job that does nothing: the median of a few.
    pub start: Duration,
    /// The same of the job `hello`.
    pub job: Duration,
}

impl Pace {
    /// Measures it, with nothing else going on. None where the guest is not built or does not do its job.
    pub fn of(language: &Language) -> anyhow::Result<Option<Self>> {
        let stage = Stage::new(None)?;
        let cases = cases();
        let named = |name| cases.iter().find(|case| case.name == name);
        let (Some(hello), Some(none)) = (named("hello"), named("none")) else {
            return Ok(None);
        };
        let begun = Instant::now();
        let Ok(first) = stage.time(language, hello) else {
            return Ok(None);
        };
        let compile = begun.elapsed().saturating_sub(first);
        let pace = |start, job| Self { compile, start, job };
        let start = median(&stage, language, none);
        Ok(start
            .zip(median(&stage, language, hello))
            .map(|(start, job)| pace(start, job)))
    }
}

fn median(stage: &Stage, language: &Language, case: &Case) -> Option<Duration> {
    let mut jobs: Vec<_> = (0..JOBS).filter_map(|_| stage.time(language, case).ok()).collect();
    jobs.sort();
    jobs.get(jobs.len() / 2).copied()
}

const JOBS: usize = 15;
