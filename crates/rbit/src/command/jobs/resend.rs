//! `rbit jobs resend`.

use anyhow::anyhow;
use jiff::Timestamp;
use rbit_store::{GivenUp, JobSelector, Store};

use super::show::unknown;
use crate::{args::JobsResendArgs, exit_code::Code, failure::Failure, settings, wiring};

/// Has reports sent again that were given up, and says which.
pub(super) fn resend(args: &JobsResendArgs) -> Result<String, Failure> {
    let settings = settings::load(&args.config)?;
    if !settings.pybit.as_ref().is_some_and(|pybit| pybit.report) {
        let error = anyhow!("this configuration tells nobody: there is no `[pybit]`, or it has `report = no`");
        return Err(Failure::new(Code::Config, error));
    }
    let store = wiring::open_store(&settings)?;
    wiring::control_runtime()?.block_on(send_again(&store, args.id.as_ref()))
}

async fn send_again(store: &Store, selector: Option<&JobSelector>) -> Result<String, Failure> {
    let now = Timestamp::now();
    if let Some(selector) = selector
        && store.history(selector, now).await?.is_empty()
    {
        return Err(unknown(selector));
    }
    let given_up = store.resend(selector, now).await?;
    if !given_up.iter().any(|one| one.is_resent) {
        return Err(nothing(&given_up));
    }
    let lines: String = given_up.iter().map(line).collect();
    Ok(format!("{lines}{}\n", prospect(store.holder()?)))
}

fn line(given_up: &GivenUp) -> String {
    let GivenUp { report, is_resent } = given_up;
    let fate = if *is_resent {
        "is sent again"
    } else {
        "is not sent again: the job has gone on since"
    };
    format!("job {}: `{}` {fate}\n", report.job, report.status)
}

fn nothing(given_up: &[GivenUp]) -> Failure {
    match given_up {
        [] => anyhow!("no report was given up").into(),
        [one] => anyhow!("{}", line(one).trim_end()).into(),
        many => anyhow!(
            "{} reports were given up, and their jobs have all gone on since",
            many.len()
        )
        .into(),
    }
}

fn prospect(holder: Option<String>) -> String {
    match holder {
        Some(holder) => format!("the box ({holder}) sends them now"),
        None => "no box runs here: they are sent by the next one".to_owned(),
    }
}
