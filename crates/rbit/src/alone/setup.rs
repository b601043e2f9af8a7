//! From what a caller wants to settings: those of a box with this one runner.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use rbit_config::{Checked, FlagOverride, Settings};
use rbit_job::{Runner, RunnerName, python_call::is_module_mount};

use super::{Cache, present};
use crate::{exit_code::Code, failure::Failure, output, secrets, settings};

/// Where a runner is described.
#[derive(Clone, Debug)]
pub(crate) enum Base {
    /// In an INI file.
    Ini(PathBuf),
    /// By a line such as `wasm!hello.wasm`, whose paths begin at this folder.
    Line {
        /// The line.
        line: String,
        /// An absolute path.
        folder: PathBuf,
    },
}

/// What is put over the description.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    base: Base,
    runner: RunnerName,
    flags: Vec<FlagOverride>,
}

impl Setup {
    /// The runner as it is described. In an INI file with one runner, it needs no name.
    pub(crate) fn new(base: Base, name: Option<&str>) -> Result<Self, Failure> {
        let name = match (&base, name) {
            (_, Some(name)) => RunnerName::new(name)?,
            (Base::Line { .. }, None) => RunnerName::new(UNNAMED)?,
            (Base::Ini(file), None) => only_runner(file)?,
        };
        Ok(Self {
            base,
            runner: name,
            flags: Vec::new(),
        })
    }

    /// A setting of the runner.
    pub(crate) fn set(&mut self, key: &str, value: &str, flag: &str) {
        let section = format!("runner:{}", self.runner);
        self.push(section, key, value, flag);
    }

    /// A key of `[sandbox]`, for this runner.
    pub(crate) fn limit(&mut self, key: &str, value: &str, flag: &str) {
        let section = format!("sandbox:{}", self.runner);
        self.push(section, key, value, flag);
    }

    /// A key of `[rbit]`.
    pub(crate) fn general(&mut self, key: &str, value: &str, flag: &str) {
        self.push("rbit".to_owned(), key, value, flag);
    }

    /// Folders that the guest reads, besides those it has: pairs of setting and folder.
    pub(crate) fn mount(&mut self, mounts: &[(String, PathBuf)], flag: &str) -> Result<(), Failure> {
        if mounts.is_empty() {
            return Ok(());
        }
        let described = self.described()?;
        let mut known: BTreeMap<_, _> = described
            .mounts
            .into_iter()
            .filter(|mount| !is_module_mount(mount))
            .map(|mount| (mount.setting, mount.at))
            .collect();
        for (key, folder) in mounts {
            self.set(key, &folder.to_string_lossy(), flag);
            known.entry(key.to_ascii_lowercase()).or_default();
        }
        let words = known.into_iter().map(|(setting, at)| match at {
            Some(at) => format!("{setting}={at}"),
            None => setting,
        });
        self.limit("mounts", &words.collect::<Vec<_>>().join(" "), flag);
        Ok(())
    }

    /// Where requests may go, besides where they may.
    pub(crate) fn allow(&mut self, patterns: &[String], flag: &str) -> Result<(), Failure> {
        if patterns.is_empty() {
            return Ok(());
        }
        let described = self.described()?.http;
        let known = described.iter().flat_map(|grant| &grant.allow).map(ToString::to_string);
        let all: Vec<_> = known.chain(patterns.iter().cloned()).collect();
        self.limit("allow-http", &all.join(" "), flag);
        Ok(())
    }

    /// The settings with everything in its place, and the runner.
    pub(crate) fn finish(mut self, cache: &Cache) -> Result<(Settings, Runner), Failure> {
        // The state folder of a box is the box's: all that is made here is what was compiled.
        self.general("state-dir", &cache.folder().to_string_lossy(), "the cache");
        let mappings = self.mappings()?;
        self.general("queue-mappings", &mappings, "rbit");
        let checked = self.read(true)?;
        let settings = checked.settings.ok_or_else(|| settings::failure(&checked.problems))?;
        // A guest of a box's file may know its passwords.
        output::hide(secrets::redactor(&settings));
        let runner = settings.runner(&self.runner).cloned();
        let runner = runner.ok_or_else(|| no_runner(&self.runner))?;
        present::check(&runner)?;
        Ok((settings, runner))
    }

    /// What a box is asked for is asked for where a queue is mapped: those that are mapped already, and one for this runner.
    fn mappings(&self) -> Result<String, Failure> {
        let own = format!("{UNNAMED}-{}:{}", self.runner, self.runner);
        let Base::Ini(_) = &self.base else { return Ok(own) };
        let settings = self.loaded()?;
        let mapped = settings
            .queues
            .iter()
            .map(|queue| format!("{}:{}", queue.name, queue.runner));
        Ok(mapped.chain([own]).collect::<Vec<_>>().join("\n"))
    }

    fn described(&self) -> Result<Runner, Failure> {
        let settings = self.loaded()?;
        settings
            .runner(&self.runner)
            .cloned()
            .ok_or_else(|| no_runner(&self.runner))
    }

    fn loaded(&self) -> Result<Settings, Failure> {
        let checked = self.read(false)?;
        checked.settings.ok_or_else(|| settings::failure(&checked.problems))
    }

    fn read(&self, is_final: bool) -> Result<Checked, Failure> {
        match &self.base {
            Base::Ini(file) => settings::read_for_job(Some(file), "", file, &self.flags, is_final),
            Base::Line { line, folder } => {
                let mut flags = vec![flag(&format!("runner:{}", self.runner), "runner", line, "the runner")];
                flags.extend(self.flags.iter().cloned());
                let mapping = format!("{UNNAMED}-{}:{}", self.runner, self.runner);
                let text = format!("[rbit]\nname = {UNNAMED}\nqueue-mappings = {mapping}\n");
                settings::read_for_job(None, &text, &folder.join(UNNAMED), &flags, is_final)
            }
        }
    }

    fn push(&mut self, section: String, key: &str, value: &str, name: &str) {
        self.flags.push(flag(&section, key, value, name));
    }
}

fn flag(section: &str, key: &str, value: &str, name: &str) -> FlagOverride {
    FlagOverride {
        section: section.to_owned(),
        key: key.to_owned(),
        value: value.to_owned(),
        flag: name.to_owned(),
    }
}

fn only_runner(file: &Path) -> Result<RunnerName, Failure> {
    let checked = settings::read_for_job(Some(file), "", file, &[], false)?;
    let settings = checked.settings.ok_or_else(|| settings::failure(&checked.problems))?;
    match settings.runners.as_slice() {
        [only] => Ok(only.name.clone()),
        [] => Err(Failure::new(
            Code::Config,
            anyhow!("`{}` describes no runner", file.display()),
        )),
        several => {
            let names: Vec<_> = several.iter().map(|runner| format!("`{}`", runner.name)).collect();
            let error = anyhow!("`{}` describes {} runners", file.display(), several.len());
            Err(Failure::new(Code::Usage, error).with_help(format!("name one with `--runner`: {}", names.join(", "))))
        }
    }
}

fn no_runner(name: &RunnerName) -> Failure {
    Failure::new(Code::Usage, anyhow!("no section describes runner `{name}`"))
}

/// The name of what has none: the box, its queue, and a runner that no INI file describes.
const UNNAMED: &str = "exec";
