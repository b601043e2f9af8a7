//! How long a language takes here: single runs of one machine, to be compared with each other and nothing else.

use std::time::{Duration, Instant};

use super::{Language, Stage, cases};

/// What it costs to begin with a guest, and to use it.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// To compile it, once for each file.
    pub compile: Duration,
    /// From the start of an instance to the end of the job `hello`: the median of a few.
    pub job: Duration,
}

impl Pace {
    /// Measures it, with nothing else going on. None where the guest is not built or does not do its job.
    pub fn of(language: &Language) -> anyhow::Result<Option<Self>> {
        let stage = Stage::new()?;
        let Some(hello) = cases().into_iter().next() else {
            return Ok(None);
        };
        let begun = Instant::now();
        let Ok(first) = stage.time(language, &hello) else {
            return Ok(None);
        };
        let compile = begun.elapsed().saturating_sub(first);
        let mut jobs: Vec<_> = (0..JOBS).filter_map(|_| stage.time(language, &hello).ok()).collect();
        jobs.sort();
        Ok(jobs.get(jobs.len() / 2).map(|job| Self { compile, job: *job }))
    }
}

const JOBS: usize = 15;
