//! Where cases are played: a sandbox as in production, and the folders that a box would make for a job.

use std::{fs, path::Path, sync::Arc, time::Duration};

use rbit_job::{
    Chance, Mount, Plan, QueueName, RunnerName,
    port::{Execution, Executor as _, Folders},
};
use rbit_sandbox::{CacheSettings, Sandbox, SandboxSettings};
use rbit_testkit::guests;
use tempfile::TempDir;
use tokio::runtime::{self, Runtime};

use super::{Case, Cell, Expected, Language, lines::Lines};

/// A sandbox and two mounts.
pub struct Stage {
    sandbox: Sandbox,
    runtime: Runtime,
    mounts: TempDir,
}

impl Stage {
    /// Starts the sandbox and makes the mounts: `folder` with `text.txt`, `stationery` with `letterhead.txt`, and `bare` with nothing.
    /// With a cache, what was compiled once is not compiled again.
    pub fn new(cache: Option<CacheSettings>) -> anyhow::Result<Self> {
        let mounts = tempfile::tempdir()?;
        for folder in ["folder", "stationery", "bare"] {
            fs::create_dir(mounts.path().join(folder))?;
        }
        fs::write(mounts.path().join("folder/text.txt"), TEXT)?;
        fs::write(mounts.path().join("stationery/letterhead.txt"), LETTERHEAD)?;
        let settings = SandboxSettings {
            max_memory: 512 << 20,
            // However busy the machine is: Python takes half a minute of a processor.
            compile_time: Duration::from_secs(1800),
            cache,
            ..SandboxSettings::default()
        };
        Ok(Self {
            sandbox: Sandbox::new(settings)?,
            runtime: runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()?,
            mounts,
        })
    }

    /// Plays a case in a language.
    pub fn play(&self, language: &Language, case: &Case) -> Cell {
        let (plan, expected) = (self.plan(language, case)?, language.expects(case));
        for _ in 0..case.times {
            self.play_once(&plan, case, &expected)?;
        }
        Ok(())
    }

    /// How long one job of a case takes, from the start of its instance.
    pub(super) fn time(&self, language: &Language, case: &Case) -> Result<Duration, String> {
        self.play_once(&self.plan(language, case)?, case, &case.expected)
    }

    fn play_once(&self, plan: &Plan, case: &Case, expected: &Expected) -> Result<Duration, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let folders = Folders {
            work: folder.path().join("work"),
            output: folder.path().join("output"),
        };
        for folder in [&folders.work, &folders.output] {
            fs::create_dir(folder).map_err(|error| error.to_string())?;
        }
        let lines = Arc::new(Lines::default());
        let never = Box::pin(std::future::pending());
        let execution = self
            .runtime
            .block_on(self.sandbox.execute(plan, &folders, lines.clone(), never));
        check_ending(expected, &execution, &folders.output)?;
        check_lines(case, &lines.all())?;
        Ok(execution.usage.wall)
    }

    fn plan(&self, language: &Language, case: &Case) -> Result<Plan, String> {
        let way = language.way(case.guest)?;
        let mounts = self.mounts_of(case);
        let settings = case.settings.iter().map(|(key, value)| {
            let mount = mounts.iter().find(|mount| mount.setting == *key);
            (key.clone(), mount.map_or_else(|| value.clone(), Mount::guest_path))
        });
        Ok(Plan {
            queue: QueueName::new("contract").map_err(|error| error.to_string())?,
            runner: RunnerName::new("contract").map_err(|error| error.to_string())?,
            processor: way.processor,
            request: case.request.clone(),
            settings: way.settings.into_iter().chain(settings).collect(),
            secrets: vec![],
            mounts: way.mounts.into_iter().chain(mounts).collect(),
            output_dir: "/nowhere".into(),
            limits: case.limits,
            http: None,
            canned: None,
            chance: Chance::default(),
        })
    }

    /// Settings that are called as one of the folders are mounts.
    fn mounts_of(&self, case: &Case) -> Vec<Mount> {
        let mount = |(key, value): &(String, String)| {
            self.mounts.path().join(key).is_dir().then(|| Mount {
                setting: key.clone(),
                // A folder without a letterhead where the case says so.
                host: self.mounts.path().join(if value == BARE { BARE } else { key }),
                at: None,
            })
        };
        case.settings.iter().filter_map(mount).collect()
    }
}

fn check_ending(expected: &Expected, execution: &Execution, output: &Path) -> Cell {
    match (expected, &execution.result) {
        (Expected::Done(files), Ok(names)) => check_files(files, names, output),
        (Expected::Ended(reason, says), Err(ending)) => {
            let text = ending.to_string();
            if ending.reason() == *reason && text.contains(says.as_str()) {
                return Ok(());
            }
            Err(format!(
                "expected {} with `{}`, got {} with `{}`",
                reason.as_str(),
                start(says),
                ending.reason().as_str(),
                start(&text)
            ))
        }
        (Expected::Done(_), Err(ending)) => Err(format!("not done: {} `{ending}`", ending.reason().as_str())),
        (Expected::Ended(reason, _), Ok(_)) => Err(format!("done, and not {}", reason.as_str())),
    }
}

fn check_files(files: &[(String, String)], names: &[String], output: &Path) -> Cell {
    let expected: Vec<_> = files.iter().map(|(name, _)| format!("/output/{name}")).collect();
    if names != expected {
        return Err(format!("expected files {expected:?}, got {names:?}"));
    }
    for (name, content) in files {
        let found = fs::read(output.join(name)).map_err(|error| format!("`{name}`: {error}"))?;
        if found != content.as_bytes() {
            let found = String::from_utf8_lossy(&found).into_owned();
            return Err(difference(name, content, &found));
        }
    }
    Ok(())
}

/// The first lines in which two texts are not the same.
fn difference(name: &str, expected: &str, found: &str) -> String {
    let pair = expected.lines().zip(found.lines()).find(|(one, other)| one != other);
    let (one, other) = pair.unwrap_or(("the end", "another end"));
    format!("`{name}`: expected `{}`, got `{}`", start(one), start(other))
}

fn check_lines(case: &Case, lines: &[String]) -> Cell {
    match case
        .printed
        .iter()
        .find(|line| !lines.iter().any(|known| known == *line))
    {
        None => Ok(()),
        Some(line) => Err(format!("`{line}` was not printed, but {lines:?}")),
    }
}

/// Beside the guests, where `rbit test` keeps its own, in the tests of it.
pub(super) fn kept() -> CacheSettings {
    CacheSettings {
        folder: guests::folder().join("cache/rbit/components"),
        max_bytes: 1 << 30,
    }
}

/// So much of a text as a person wants to see.
fn start(text: &str) -> String {
    text.chars().take(300).collect()
}

/// As a value of a setting: it is a mount without files.
pub(super) const BARE: &str = "bare";
pub(super) const TEXT: &str = "über alles\nund eins\n";
pub(super) const LETTERHEAD: &str = "Rice, Houston\n";
