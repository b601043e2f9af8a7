//! What is left after a trial, held against the promise.

use std::{fs, path::Path};

use serde_json::Value;

use super::{Trial, jobs};

/// What may be more than it need be, counted. All else is asserted.
#[derive(Debug)]
pub(crate) struct Findings {
    /// How often each job was announced as being built, in the order of the jobs.
    pub(crate) builds: Vec<usize>,
    /// How often a final status was told to the front-end beyond the first time.
    pub(crate) repeated: usize,
    /// How often the one message that is no request was put aside.
    pub(crate) parked: usize,
}

impl Findings {
    /// How often each gated job was announced as being built.
    pub(crate) fn gated_builds(&self) -> &[usize] {
        &self.builds[jobs::ALL.len()..]
    }

    pub(super) async fn of(trial: &Trial) -> Self {
        let recorded = trial.rbit_box.jobs();
        assert_eq!(
            recorded.len(),
            trial.jobs.len(),
            "each job has one entry: {recorded:#?}"
        );
        let (mut builds, mut repeated) = (Vec::new(), 0);
        for job in &trial.jobs {
            let entry = trial.rbit_box.job(job.package);
            check_entry(job, &entry);
            check_files(job, &entry, &trial.rbit_box.path("output"));
            let history = trial.pybit.history(job.number);
            builds.push(history.iter().filter(|status| *status == "Building").count());
            repeated += repeats(job, &history);
        }
        check_leftovers(trial);
        assert_eq!(trial.queues.left(&trial.rbit_box).await, 0, "messages are left");
        let parked = trial.queues.parked(&trial.rbit_box).await;
        assert!(parked >= 1, "the message that is no request is gone");
        Self {
            builds,
            repeated,
            parked,
        }
    }
}

fn check_entry(job: &jobs::Job, entry: &Value) {
    let is = (&entry["state"], &entry["outcome"]);
    assert_eq!(is, (&"finished".into(), &job.outcome.into()), "{entry:#}");
}

/// The files that the entry names are all that there are, and whole.
fn check_files(job: &jobs::Job, entry: &Value, output: &Path) {
    let attempt = entry["attempt"].to_string();
    let artifacts = entry["artifacts"].as_array().map_or(&[][..], Vec::as_slice);
    assert_eq!(artifacts.len(), job.files_of(&attempt).count(), "{entry:#}");
    for (name, content) in job.files_of(&attempt) {
        let path = output.join(job.runner()).join(name);
        let is_named = artifacts
            .iter()
            .any(|artifact| artifact["path"] == path.to_str().unwrap());
        assert!(is_named, "`{}` is not in {entry:#}", path.display());
        assert_eq!(fs::read_to_string(&path).unwrap(), content, "{}", path.display());
    }
}

/// The front-end heard one final status, and heard it last.
fn repeats(job: &jobs::Job, history: &[String]) -> usize {
    let is_final = |status: &&String| ["Done", "Failed", "Cancelled"].contains(&status.as_str());
    let told: Vec<_> = history.iter().filter(is_final).collect();
    assert!(!told.is_empty(), "job {} has no final status: {history:?}", job.number);
    assert!(told.iter().all(|status| *status == job.status), "{history:?}");
    assert_eq!(history.last().map(String::as_str), Some(job.status), "{history:?}");
    told.len() - 1
}

/// No half-copied file lies in an output folder, and no job's folder in the scratch folder.
fn check_leftovers(trial: &Trial) {
    let scratch = fs::read_dir(trial.rbit_box.path("scratch")).unwrap();
    assert_eq!(scratch.count(), 0, "folders of jobs are left");
    let mut parts = Vec::new();
    find_parts(&trial.rbit_box.path("output"), &mut parts);
    assert_eq!(parts, [] as [String; 0], "half-copied files are left");
}

fn find_parts(folder: &Path, parts: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with(".rbit-part-") {
            parts.push(path.display().to_string());
        } else if path.is_dir() {
            find_parts(&path, parts);
        }
    }
}
