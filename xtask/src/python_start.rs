//! `cargo xtask python-start`: how long a `python!` job takes that does nothing, next to a Python of this machine that does nothing.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

use crate::{guests, program};

/// Prints the times of both executors, and of the machine's own Python.
pub(crate) fn measure(jobs: usize) -> anyhow::Result<()> {
    guests::build(&["python".to_owned()])?;
    let rbit = program::build()?;
    let folder = tempfile::tempdir().context("cannot make a folder")?;
    fs::write(
        folder.path().join("worker.py"),
        "def run(build_request, settings):\n    pass\n",
    )?;
    fs::write(folder.path().join("rbit.ini"), INI)?;
    // Compiled before anything is measured.
    run(&rbit, folder.path(), "process", 0, 1)?;

    let native = native(jobs)?;
    println!("{:45} {:>9} {:>9}", "", "median", "ratio");
    show("python3 -I -S -c pass", native, native);
    for isolation in ["process", "thread"] {
        let mut cold = Vec::new();
        for _ in 0..COLD {
            cold.extend(times(run(&rbit, folder.path(), isolation, 0, 1)?, false));
        }
        let warm = run(&rbit, folder.path(), isolation, 0, jobs + 1)?.split_off(1);
        let ready = run(&rbit, folder.path(), isolation, 1, jobs + 1)?.split_off(1);
        show(
            &format!("first python! job of a box, {isolation}"),
            median(cold)?,
            native,
        );
        show(
            &format!("further ones, python-ready = 0, {isolation}"),
            median(times(warm, false))?,
            native,
        );
        show(
            &format!("further ones, python-ready = 1, {isolation}"),
            median(times(ready, true))?,
            native,
        );
    }
    Ok(())
}

/// How long a job took, and whether its instance had begun before.
type Timed = (Duration, bool);

fn times(jobs: Vec<Timed>, were_ready: bool) -> Vec<Duration> {
    let jobs = jobs.into_iter().filter(|(_, was_ready)| *was_ready == were_ready);
    jobs.map(|(time, _)| time).collect()
}

/// Times of jobs in the order in which they were run: from the claim to the outcome, folders and journal included.
fn run(rbit: &Path, folder: &Path, isolation: &str, ready: u8, jobs: usize) -> anyhow::Result<Vec<Timed>> {
    for number in 0..jobs {
        let package = format!("m{number}");
        call(
            rbit,
            folder,
            &["push", "rbit.ini", "--queue", "q", "--package", &package],
        )?;
    }
    let (isolation, ready) = (
        format!("rbit.isolation={isolation}"),
        format!("rbit.python-ready={ready}"),
    );
    let before = timed(rbit, folder)?.len();
    call(
        rbit,
        folder,
        &["run", "rbit.ini", "--drain", "--set", &isolation, "--set", &ready],
    )?;
    let timed = timed(rbit, folder)?.split_off(before);
    if timed.len() != jobs {
        bail!("{} of {jobs} jobs were run", timed.len());
    }
    Ok(timed)
}

fn timed(rbit: &Path, folder: &Path) -> anyhow::Result<Vec<Timed>> {
    let listed = call(rbit, folder, &["jobs", "rbit.ini", "--json", "--limit", "10000"])?;
    let mut timed = Vec::new();
    for line in listed.lines() {
        let job: serde_json::Value = serde_json::from_str(line).context("`rbit jobs --json` printed no JSON")?;
        if job.get("outcome").is_none_or(|outcome| outcome != "done") {
            bail!("a job ended otherwise: {line}");
        }
        let moment = |key: &str| -> anyhow::Result<jiff::Timestamp> {
            let text = job
                .get(key)
                .and_then(serde_json::Value::as_str)
                .with_context(|| format!("no `{key}` in {line}"))?;
            Ok(text.parse()?)
        };
        let was_ready = job.get("was_ready").is_some_and(|was_ready| was_ready == true);
        let time = moment("ended")?.duration_since(moment("started")?).unsigned_abs();
        timed.push((time, was_ready));
    }
    // The newest is listed first.
    timed.reverse();
    Ok(timed)
}

fn native(times: usize) -> anyhow::Result<Duration> {
    let python = interpreter()?;
    let mut all = Vec::new();
    for _ in 0..times {
        let start = Instant::now();
        let status = Command::new(&python).args(["-I", "-S", "-c", "pass"]).status();
        let status = status.context("cannot start python3")?;
        if !status.success() {
            bail!("python3 ended with {status}");
        }
        all.push(start.elapsed());
    }
    median(all)
}

/// The interpreter itself: what is called `python3` may be a script that looks for it.
fn interpreter() -> anyhow::Result<String> {
    let output = Command::new("python3")
        .args(["-I", "-c", "import sys; print(sys.executable)"])
        .output()
        .context("cannot start python3")?;
    let path = String::from_utf8(output.stdout).context("python3 is in a place that is no text")?;
    Ok(path.trim().to_owned())
}

fn call(rbit: &Path, folder: &Path, words: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(rbit)
        .args(words)
        .current_dir(folder)
        .output()
        .with_context(|| format!("cannot start `{}`", rbit.display()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        bail!("rbit {} ended with {}: {said}", words.join(" "), output.status);
    }
    String::from_utf8(output.stdout).context("rbit printed no text")
}

fn show(what: &str, time: Duration, native: Duration) {
    let (ms, ratio) = (time.as_secs_f64() * 1000.0, time.as_secs_f64() / native.as_secs_f64());
    println!("{what:45} {ms:>6.1} ms {ratio:>8.2}x");
}

fn median(mut times: Vec<Duration>) -> anyhow::Result<Duration> {
    times.sort();
    times.get(times.len() / 2).copied().context("nothing was measured")
}

/// Starts of a box.
const COLD: usize = 5;
/// One job after the other.
const INI: &str = "[rbit]\nsource = local\nslots = 1\nqueue-mappings = q:r\n\n[pybit]\nreport = no\n\n\
    [runner:r]\nrunner = python!worker:run\n";

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
