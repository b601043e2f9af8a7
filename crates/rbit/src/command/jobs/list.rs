//! `rbit jobs list`.

use jiff::Timestamp;
use rbit_job::JobRecord;
use rbit_store::JobFilter;

use super::{absence::Absence, json, time};
use crate::{args::JobsListArgs, failure::Failure, settings, shares::duration, table, wiring};

/// The jobs of this box that fit, the newest first.
pub(super) fn list(args: &JobsListArgs) -> Result<String, Failure> {
    let settings = settings::load(&args.config)?;
    let store = wiring::existing_store(&settings)?;
    let filter = JobFilter {
        state: args.state,
        reason: args.reason,
        runner: args.runner.clone(),
        queue: args.queue.clone(),
        since: args.since,
        limit: args.limit,
    };
    let absence = Absence::new(&settings, Timestamp::now());
    let records = wiring::control_runtime()?.block_on(store.jobs(&filter))?;
    Ok(match args.json {
        true => records
            .iter()
            .map(|record| format!("{}\n", json::record(record, &absence)))
            .collect(),
        false if records.is_empty() && filter == JobFilter::newest(args.limit) => "no jobs yet\n".to_owned(),
        false if records.is_empty() => "no such jobs\n".to_owned(),
        false => overview(&records, &absence),
    })
}

fn overview(records: &[JobRecord], absence: &Absence) -> String {
    let heading = [
        "STARTED", "JOB", "PACKAGE", "VERSION", "RUNNER", "ATTEMPT", "STATE", "OUTCOME", "DURATION", "FILES",
    ];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(records.iter().map(|record| row(record, absence)));
    format!("{}\n", table::columns(&rows))
}

fn row(record: &JobRecord, absence: &Absence) -> Vec<String> {
    let overdue = if absence.is_overdue(record) { ", overdue" } else { "" };
    let outcome = record.outcome.as_ref();
    vec![
        time(record.started),
        record.job.to_string(),
        table::shown(&record.package, MAX_NAME),
        table::shown(&record.version, MAX_NAME),
        record.runner.to_string(),
        record.attempt.to_string(),
        format!("{}{overdue}", record.state.as_str()),
        outcome.map_or("-", |outcome| outcome.reason().as_str()).to_owned(),
        duration(json::duration_ms(record.started, record.ended)),
        outcome.map_or(0, |outcome| outcome.artifacts().len()).to_string(),
    ]
}

/// Characters of a name in a table.
const MAX_NAME: usize = 40;
