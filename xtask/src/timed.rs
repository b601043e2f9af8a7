//! A box whose jobs are timed, in a folder of its own.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

/// A box with the local queue `q`, one job at a time.
pub(crate) struct TimedBox {
    rbit: PathBuf,
    folder: TempDir,
}

/// How a job went.
pub(crate) struct Timed {
    /// From the claim to the outcome, folders and journal included.
    pub(crate) took: Duration,
    /// Whether its instance had begun before it came.
    pub(crate) was_ready: bool,
    /// From the start of its guest to its end.
    pub(crate) guest: Duration,
    /// How much of that went by until there was an instance.
    pub(crate) instantiation: Duration,
}

/// What a box has done, and what it said.
pub(crate) struct Ran {
    pub(crate) jobs: Vec<Timed>,
    pub(crate) log: String,
}

impl TimedBox {
    /// One with this runner: lines of its section.
    pub(crate) fn new(rbit: &Path, runner: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a folder")?;
        let ini = format!(
            "[rbit]\nsource = local\nslots = 1\nqueue-mappings = q:r\n\n[pybit]\nreport = no\n\n[runner:r]\n{runner}\n"
        );
        fs::write(folder.path().join("rbit.ini"), ini)?;
        let rbit = rbit.to_owned();
        Ok(Self { rbit, folder })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// So many jobs in the order in which they were run, one right after the other, by one box that is started for them with these keys.
    pub(crate) fn run(&self, keys: &[String], jobs: usize) -> anyhow::Result<Vec<Timed>> {
        let before = self.jobs()?.len();
        for number in 0..jobs {
            self.push(number)?;
        }
        self.drain(keys)?;
        self.jobs_since(before, jobs)
    }

    fn drain(&self, keys: &[String]) -> anyhow::Result<()> {
        let sets = keys.iter().flat_map(|key| ["--set", key.as_str()]);
        let words: Vec<_> = ["run", "rbit.ini", "--drain"].into_iter().chain(sets).collect();
        self.call(&words).map(drop)
    }

    /// How long a box takes that finds no job.
    pub(crate) fn start(&self, keys: &[String]) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        self.drain(keys)?;
        Ok(begun.elapsed())
    }

    /// So many jobs as by [`Self::run`], but each comes when the box has had nothing to do for a while.
    pub(crate) fn run_apart(&self, keys: &[String], jobs: usize) -> anyhow::Result<Ran> {
        let before = self.jobs()?.len();
        let file = self.folder().join("log.txt");
        let log = File::create(&file).with_context(|| format!("cannot write `{}`", file.display()))?;
        let mut running = Command::new(&self.rbit)
            .args(["run", "rbit.ini"])
            .args(keys.iter().flat_map(|key| ["--set", key.as_str()]))
            .current_dir(self.folder())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start `{}`", self.rbit.display()))?;
        let begun = until_it_has_started(&file);
        let pushed = begun.and_then(|()| {
            (0..jobs).try_for_each(|number| {
                idle(WHILE);
                self.push(number)
            })
        });
        idle(WHILE);
        let drained = pushed.and_then(|()| self.call(&["drain", "rbit.ini", "--wait"]));
        if drained.is_err() {
            // It would not end by itself.
            running.kill().ok();
        }
        running.wait().context("cannot wait for a box")?;
        drained?;
        Ok(Ran {
            jobs: self.jobs_since(before, jobs)?,
            log: fs::read_to_string(&file).with_context(|| format!("cannot read `{}`", file.display()))?,
        })
    }

    fn push(&self, number: usize) -> anyhow::Result<()> {
        let package = format!("m{number}");
        self.call(&["push", "rbit.ini", "--queue", "q", "--package", &package])
            .map(drop)
    }

    fn jobs_since(&self, before: usize, jobs: usize) -> anyhow::Result<Vec<Timed>> {
        let timed = self.jobs()?.split_off(before);
        if timed.len() != jobs {
            bail!("{} of {jobs} jobs were run", timed.len());
        }
        Ok(timed)
    }

    fn jobs(&self) -> anyhow::Result<Vec<Timed>> {
        if !self.folder().join("rbit-state").exists() {
            return Ok(vec![]);
        }
        let listed = self.call(&["jobs", "rbit.ini", "--json", "--limit", "10000"])?;
        let mut jobs = listed.lines().map(timed).collect::<anyhow::Result<Vec<_>>>()?;
        // The newest is listed first.
        jobs.reverse();
        Ok(jobs)
    }

    fn call(&self, words: &[&str]) -> anyhow::Result<String> {
        let output = Command::new(&self.rbit)
            .args(words)
            .current_dir(self.folder())
            .output()
            .with_context(|| format!("cannot start `{}`", self.rbit.display()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            bail!("rbit {} ended with {}: {said}", words.join(" "), output.status);
        }
        String::from_utf8(output.stdout).context("rbit printed no text")
    }
}

/// By what it writes into its log.
fn until_it_has_started(log: &Path) -> anyhow::Result<()> {
    for _ in 0..START_TRIES {
        idle(WHILE / 4);
        if fs::read_to_string(log).is_ok_and(|log| log.contains("started")) {
            return Ok(());
        }
    }
    bail!(
        "a box did not start; its log: {}",
        fs::read_to_string(log).unwrap_or_default()
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "a box that has nothing to do is what is measured"
)]
fn idle(time: Duration) {
    thread::sleep(time);
}

/// A component may have to be compiled.
const START_TRIES: u32 = 3000;

/// Longer than a box waits until it gets ready for the next job, and than that takes.
const WHILE: Duration = Duration::from_millis(400);

/// The key that says where guests run.
pub(crate) fn isolation(executor: &str) -> String {
    format!("rbit.isolation={executor}")
}

/// One job of the list.
fn timed(line: &str) -> anyhow::Result<Timed> {
    let job: serde_json::Value = serde_json::from_str(line).context("`rbit jobs --json` printed no JSON")?;
    if job.get("outcome").is_none_or(|outcome| outcome != "done") {
        bail!("a job ended otherwise: {line}");
    }
    let moment = |key: &str| -> anyhow::Result<jiff::Timestamp> {
        let text = job.get(key).and_then(serde_json::Value::as_str);
        Ok(text.with_context(|| format!("no `{key}` in {line}"))?.parse()?)
    };
    let micros =
        |key: &str| Duration::from_micros(job.get(key).and_then(serde_json::Value::as_u64).unwrap_or_default());
    Ok(Timed {
        guest: micros("guest_us"),
        instantiation: micros("instantiation_us"),
        took: moment("ended")?.duration_since(moment("started")?).unsigned_abs(),
        was_ready: job.get("was_ready").is_some_and(|was_ready| was_ready == true),
    })
}

/// A line of a table: a time, and how often another one is in it.
pub(crate) fn show(what: &str, time: Duration, other: Duration) {
    let (ms, ratio) = (time.as_secs_f64() * 1000.0, time.as_secs_f64() / other.as_secs_f64());
    println!("{what:45} {ms:>6.1} ms {ratio:>8.2}x");
}

/// The head of such a table.
pub(crate) fn show_head() {
    println!("{:45} {:>9} {:>9}", "", "median", "ratio");
}

/// The one in the middle.
pub(crate) fn median(mut times: Vec<Duration>) -> anyhow::Result<Duration> {
    times.sort();
    times.get(times.len() / 2).copied().context("nothing was measured")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one_and_of_nothing_there_is_none() {
        let ms = Duration::from_millis;
        assert_eq!(median(vec![ms(9), ms(1), ms(2)]).unwrap(), ms(2));
        assert!(median(vec![]).is_err());
    }
}
