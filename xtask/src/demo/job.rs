//! What `rbit jobs --json` says of a job.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context as _, bail};
use serde_json::Value;

/// A line of `rbit jobs --json`.
pub(super) struct Job {
    pub(super) package: String,
    pub(super) runner: String,
    pub(super) outcome: String,
    pub(super) text: String,
    pub(super) attempts: u64,
    pub(super) duration_ms: u64,
    pub(super) files: Vec<PathBuf>,
}

/// Runs `rbit jobs` and reads what it prints, the oldest job first.
pub(super) fn list(command: &mut Command) -> anyhow::Result<Vec<Job>> {
    let output = command
        .arg("--json")
        .output()
        .with_context(|| format!("cannot start {command:?}"))?;
    if !output.status.success() {
        bail!(
            "{command:?} ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let text = String::from_utf8(output.stdout)?;
    let mut jobs = text.lines().map(Job::read).collect::<anyhow::Result<Vec<_>>>()?;
    jobs.sort_by(|a, b| a.package.cmp(&b.package));
    Ok(jobs)
}

impl Job {
    fn read(line: &str) -> anyhow::Result<Self> {
        let value: Value = serde_json::from_str(line).with_context(|| format!("cannot read `{line}`"))?;
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = |key: &str| value.get(key).and_then(Value::as_u64).unwrap_or_default();
        let files = value.get("artifacts").and_then(Value::as_array).into_iter().flatten();
        Ok(Self {
            package: text("package"),
            runner: text("runner"),
            outcome: text("outcome"),
            text: text("text"),
            attempts: number("attempt"),
            duration_ms: number("duration_ms"),
            files: files
                .filter_map(|file| file.get("path")?.as_str())
                .map(PathBuf::from)
                .collect(),
        })
    }

    /// Its files with their sizes, as they lie on disk.
    pub(super) fn files_text(&self) -> String {
        let size = |file: &PathBuf| {
            fs::metadata(file).map_or_else(|error| error.to_string(), |meta| format!("{} bytes", meta.len()))
        };
        self.files
            .iter()
            .map(|file| format!("{} ({})", file.display(), size(file)))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// A complaint for each file that it claims and that is not there.
    pub(super) fn missing_files(&self) -> impl Iterator<Item = String> {
        self.files
            .iter()
            .filter(|file| !file.is_file())
            .map(|file| format!("{}: `{}` is not there", self.package, file.display()))
    }
}
