//! Steps 6 to 8: a plan, from its folders to what became of it. They need no queue, journal or front-end: `rbit exec` and
//! `rbit test` take these steps alone.

use std::sync::Arc;

use rbit_fail_point::{FailPoint, passed};
use rbit_job::{
    Artifact, Ending, JobKey, Outcome, Plan, Reason, Usage,
    port::{Executor, GuestLog, StopSignal},
};
use rbit_redact::Redactor;

use crate::{
    caught::caught, collect, collect::Wanted, destination::Destination, scratch::ScratchRoot, workspace::Workspace,
};

/// What a plan is carried out with.
#[derive(Clone, Copy)]
pub struct Workbench<'a> {
    /// Runs it.
    pub executor: &'a dyn Executor,
    /// Where its folders are made.
    pub scratch: &'a ScratchRoot,
}

/// How an attempt went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Performed {
    /// What became of it.
    pub outcome: Outcome,
    /// What it used.
    pub usage: Usage,
}

impl Performed {
    /// Whoever wrote the text of an ending: it is told to everybody, and goes without secrets.
    fn new<'a>(result: Result<Vec<Artifact>, Ending>, usage: Usage, secrets: impl Iterator<Item = &'a str>) -> Self {
        let redactor = Redactor::new(secrets);
        let result = result.map_err(|ending| ending.in_words(|text| redactor.text(&text).into_owned()));
        Self {
            outcome: result.into(),
            usage,
        }
    }
}

/// Runs a plan that no message asked for: in folders of its own, to files in the plan's `output_dir`. `key` tells it from others
/// that deliver there; `stop` gives a signal for each step.
pub async fn perform_alone(
    bench: Workbench<'_>,
    plan: &Plan,
    key: &JobKey,
    log: Arc<dyn GuestLog>,
    stop: &(dyn Fn() -> StopSignal + Send + Sync),
) -> Performed {
    let mut usage = Usage::default();
    let ended = caught(carry_out(bench, plan, key, log, stop, &mut usage)).await;
    Performed::new(ended.and_then(|result| result), usage, plan.secret_values())
}

/// The steps. What was used is noted also where they do not come to their end.
pub(crate) async fn carry_out(
    bench: Workbench<'_>,
    plan: &Plan,
    key: &JobKey,
    log: Arc<dyn GuestLog>,
    stop: &(dyn Fn() -> StopSignal + Send + Sync),
    usage: &mut Usage,
) -> Result<Vec<Artifact>, Ending> {
    let destination = Destination::of(plan, key);
    destination.discard_leftovers().await;
    let workspace = Workspace::create(bench.scratch, &plan.runner)?;
    let execution = bench.executor.execute(plan, workspace.folders(), log, stop()).await;
    passed(FailPoint::Executed);
    *usage = execution.usage;
    let artifacts = match execution.result {
        Ok(names) => {
            let wanted = Wanted::of(plan, names);
            collect::collect(&workspace, wanted, destination, &plan.limits, stop()).await
        }
        Err(ending) => Err(excused(ending, &workspace)),
    };
    workspace.remove().await;
    artifacts
}

/// A guest that failed while the box had no room for its files may have failed for that: another try decides. One that fills the
/// disk itself is tried again, too, and no more than `max-attempts` allow.
fn excused(ending: Ending, workspace: &Workspace) -> Ending {
    match ending {
        Ending::Failed {
            reason: Reason::GuestFailed | Reason::GuestTrap,
            text,
        } if workspace.has_no_room() => Ending::HostFault(format!("no room is left in the scratch folder: {text}")),
        other => other,
    }
}
