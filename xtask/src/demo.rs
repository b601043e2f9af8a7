//! `cargo xtask demo`: the main job of rbit, on the embedded queue, seen from outside.
//!
//! It does what an operator would: writes an INI file, pushes build requests with `rbit push`, runs `rbit run --drain`, and asks
//! `rbit jobs` how it went. Nothing of rbit is linked in.

mod expected;
mod job;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};

use self::{expected::EXPECTED, job::Job};
use crate::{guests, program};

/// Runs the demo; an error when any job did not end as it should.
pub(crate) fn demo() -> anyhow::Result<()> {
    let rbit = program::build()?;
    let guests = guests::build(&GUESTS.map(str::to_owned))?;
    let folder = fresh_folder()?;
    let ini = folder.join("rbit.ini");
    fs::write(&ini, ini_text(&guests)).with_context(|| format!("cannot write `{}`", ini.display()))?;
    let module = folder.join("my_worker.py");
    fs::write(&module, MY_WORKER).with_context(|| format!("cannot write `{}`", module.display()))?;

    for expected in EXPECTED {
        call(rbit_command(&rbit, "push", &ini).args(["--queue", expected.queue, "--package", expected.package]))?;
    }
    call(rbit_command(&rbit, "run", &ini).args(["--drain", "--set", LOG]))?;
    let jobs = job::list(&mut rbit_command(&rbit, "jobs", &ini))?;
    show(&jobs);
    println!("\nThe folder of this run: {}", folder.display());
    check(&jobs)
}

fn rbit_command(rbit: &Path, verb: &str, ini: &Path) -> Command {
    let mut command = Command::new(rbit);
    command.arg(verb).arg(ini);
    command
}

fn call(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}

fn show(jobs: &[Job]) {
    let line = |package: &str, runner: &str, outcome: &str, attempts: &str, ms: &str, what: &str| {
        println!("{package:8}  {runner:9}  {outcome:13}  {attempts:>8}  {ms:>8}  {what}");
    };
    println!();
    line(
        "PACKAGE",
        "RUNNER",
        "OUTCOME",
        "ATTEMPTS",
        "DURATION",
        "FILES, OR THE REASON",
    );
    for job in jobs {
        let what = if job.files.is_empty() {
            job.text.clone()
        } else {
            job.files_text()
        };
        line(
            &job.package,
            &job.runner,
            &job.outcome,
            &job.attempts.to_string(),
            &format!("{} ms", job.duration_ms),
            &what,
        );
    }
}

/// Each job must have ended as it should, and each file it claims must be there.
fn check(jobs: &[Job]) -> anyhow::Result<()> {
    let mut wrong: Vec<String> = EXPECTED
        .iter()
        .filter_map(|expected| expected.complaint(jobs))
        .collect();
    wrong.extend(jobs.iter().flat_map(Job::missing_files));
    if jobs.len() != EXPECTED.len() {
        wrong.push(format!(
            "{} jobs were recorded, {} were pushed",
            jobs.len(),
            EXPECTED.len()
        ));
    }
    if wrong.is_empty() {
        println!("Each job ended as it should.");
        return Ok(());
    }
    bail!("not as it should be:\n  {}", wrong.join("\n  "))
}

fn fresh_folder() -> anyhow::Result<PathBuf> {
    let folder = program::target_folder().join("demo");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove `{}`", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    Ok(folder)
}

fn ini_text(guests: &Path) -> String {
    let mappings: String = EXPECTED
        .iter()
        .map(|expected| format!("    {}:{}\n", expected.queue, expected.runner))
        .collect();
    let runners: String = EXPECTED
        .iter()
        .map(|expected| expected.runner_section(guests))
        .collect();
    format!(
        "[rbit]\nname = demo\nsource = local\nqueue-mappings =\n{mappings}\n[pybit]\nreport = no\n\n\
         [queue:demo_any_text_late]\nretry-steps = 1s\n\n\
         [sandbox:endless]\ntimeout = 1s\n\n{runners}"
    )
}

const GUESTS: [&str; 4] = ["rust-hello", "blocks-first", "loops-forever", "python"];
/// What guests print, and what is wrong.
const LOG: &str = "log.level=warn,rbit::guest=info";
/// The example of the Python rbit's README, but for `as` and the import.
const MY_WORKER: &str = r#"import rbit

def hello(build_request, settings={}):
    try:
        print("Hello {0}!".format(settings['name']))
    except KeyError as err:
        raise rbit.Failed("A 'name' was not configured.")
    print("Building {0}".format(build_request.get_package()))
    return []
"#;
