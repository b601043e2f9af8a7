//! `rbit jobs cancel`.

use std::collections::HashSet;

use anyhow::anyhow;
use jiff::Timestamp;
use rbit_job::{Cancellation, JobId, JobState, port::CancelNoted};
use rbit_store::{JobHistory, JobSelector, Store};

use super::show::unknown;
use crate::{args::JobsCancelArgs, failure::Failure, settings, wiring};

/// Calls a job off, and says what will become of it.
pub(super) fn cancel(args: &JobsCancelArgs) -> Result<String, Failure> {
    let settings = settings::load(&args.config)?;
    let store = wiring::open_store(&settings)?;
    wiring::control_runtime()?.block_on(call_off(&store, &args.id, args.next))
}

async fn call_off(store: &Store, selector: &JobSelector, or_next: bool) -> Result<String, Failure> {
    let now = Timestamp::now();
    let lives = store.history(selector, now).await?;
    let cancellation = cancellation(selector, &lives)?;
    if or_next {
        store.cancel_next(&cancellation, now).await?;
    } else if store.cancel(&cancellation, now).await? == CancelNoted::TooLate {
        let ended = anyhow!("job {} has ended{}", cancellation.job, how(&lives));
        let help = "`--next` means a job of the same number that has not come yet";
        return Err(Failure::from(ended).with_help(help));
    }
    Ok(format!("{}\n", prospect(&cancellation.job, &lives, store.holder()?)))
}

/// What is meant by a number or a key: one job of one front-end.
fn cancellation(selector: &JobSelector, lives: &[JobHistory]) -> Result<Cancellation, Failure> {
    let open = lives.iter().filter(|life| life.record.state != JobState::Finished);
    let meant: HashSet<_> = open.map(of_life).collect();
    let meant: Vec<_> = meant.into_iter().collect();
    match (&meant[..], lives.first(), selector) {
        ([one], ..) => Ok(one.clone()),
        ([], Some(ended), _) => Ok(of_life(ended)),
        // It may have not come yet.
        ([], None, JobSelector::Number(job)) => Ok(Cancellation {
            job: job.clone(),
            web_host: None,
        }),
        ([], None, JobSelector::Key(_)) => Err(unknown(selector)),
        _ => {
            let help = "`rbit jobs show` has their keys: name one by the beginning of its key";
            Err(Failure::from(anyhow!("{} jobs are meant, and none is cancelled", meant.len())).with_help(help))
        }
    }
}

fn of_life(life: &JobHistory) -> Cancellation {
    Cancellation {
        job: life.record.job.clone(),
        web_host: life.web_host.clone(),
    }
}

/// How a job that has ended did so.
fn how(lives: &[JobHistory]) -> String {
    let outcome = lives.first().and_then(|life| life.record.outcome.as_ref());
    outcome.map_or_else(String::new, |outcome| format!(", and stays `{}`", outcome.reason()))
}

fn prospect(job: &JobId, lives: &[JobHistory], holder: Option<String>) -> String {
    let runs = lives.iter().any(|life| life.record.state == JobState::Running);
    match holder {
        Some(holder) if runs => format!("job {job} runs: the box ({holder}) is told to stop it"),
        Some(_) => format!("job {job} does not run here: it is cancelled when this box takes it up"),
        None => format!("no box runs here: job {job} is cancelled when it is taken up again"),
    }
}

#[cfg(test)]
mod tests {
    use rbit_job::{Attempt, JobKey, JobRecord, QueueName, RunnerName, Usage};

    use super::*;

    fn life(job: &str, web_host: &str, state: JobState) -> JobHistory {
        let queue = QueueName::new("q").unwrap();
        let record = JobRecord {
            key: JobKey::of(&queue, Some(web_host), job.as_bytes()),
            queue,
            runner: RunnerName::new("pdf").unwrap(),
            job: JobId::new(job).unwrap(),
            package: "m9003".to_owned(),
            version: "1.2".to_owned(),
            attempt: Attempt::FIRST,
            state,
            outcome: None,
            status: None,
            usage: Usage::default(),
            first_started: Timestamp::UNIX_EPOCH,
            started: Timestamp::UNIX_EPOCH,
            ended: None,
        };
        JobHistory {
            record,
            web_host: Some(web_host.to_owned()),
            is_called_off: false,
            attempts: vec![],
            reports: vec![],
        }
    }

    /// The front-end whose job 4 is meant.
    fn meant(selector: &str, lives: &[JobHistory]) -> Result<Option<String>, Failure> {
        Ok(cancellation(&selector.parse().unwrap(), lives)?.web_host)
    }

    #[test]
    fn a_number_means_the_one_job_of_it_that_has_not_ended() {
        use JobState::{Finished, Interrupted, Running};
        let lives = [
            life("4", "a", Finished),
            life("4", "b", Running),
            life("4", "b", Interrupted),
        ];
        assert_eq!(meant("4", &lives).unwrap().as_deref(), Some("b"));
        assert_eq!(
            meant("4", &lives[..1]).unwrap().as_deref(),
            Some("a"),
            "to be told that it has ended"
        );
        assert_eq!(meant("4", &[]).unwrap(), None, "whichever comes");
    }

    #[test]
    fn a_number_that_two_front_ends_have_jobs_of_is_not_guessed_about() {
        let lives = [life("4", "a", JobState::Running), life("4", "b", JobState::Retrying)];
        let refused = format!("{:?}", meant("4", &lives).unwrap_err());
        assert!(refused.contains("2 jobs are meant"), "{refused}");
        assert!(meant("abcdef", &[]).is_err());
    }
}
