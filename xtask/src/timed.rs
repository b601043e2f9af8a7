//! A box whose jobs are timed, in a folder of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
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

    /// So many jobs in the order in which they were run, by one box that is started for them with these keys.
    pub(crate) fn run(&self, keys: &[String], jobs: usize) -> anyhow::Result<Vec<Timed>> {
        for number in 0..jobs {
            let package = format!("m{number}");
            self.call(&["push", "rbit.ini", "--queue", "q", "--package", &package])?;
        }
        let before = self.jobs()?.len();
        let sets = keys.iter().flat_map(|key| ["--set", key.as_str()]);
        let words: Vec<_> = ["run", "rbit.ini", "--drain"].into_iter().chain(sets).collect();
        self.call(&words)?;
        let timed = self.jobs()?.split_off(before);
        if timed.len() != jobs {
            bail!("{} of {jobs} jobs were run", timed.len());
        }
        Ok(timed)
    }

    fn jobs(&self) -> anyhow::Result<Vec<Timed>> {
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
    Ok(Timed {
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
