//! `rbit drain`: telling a running box to leave.

use std::time::Duration;

use anyhow::anyhow;
use jiff::Timestamp;
use rbit_config::Settings;
use rbit_job::BoxCommand;
use rbit_store::Store;

use crate::{args::DrainArgs, exit_code::Code, failure::Failure, output, settings, wiring};

/// Tells the box that works in the state folder to drain, and waits for it if asked to.
pub(crate) fn drain(args: &DrainArgs) -> Result<Code, Failure> {
    let settings = settings::load(&args.config)?;
    let holder = rbit_store::holder(&settings.state_dir)?.ok_or_else(|| nobody(&settings))?;
    let store = wiring::existing_store(&settings)?;
    let said = wiring::control_runtime()?.block_on(tell(&store, &holder, args.wait))?;
    output::print(format!("the box ({holder}) {said}\n"))?;
    Ok(Code::Success)
}

async fn tell(store: &Store, holder: &str, wait: bool) -> Result<&'static str, Failure> {
    store.order(&BoxCommand::Drain, Timestamp::now()).await?;
    if !wait {
        return Ok("is told to drain");
    }
    // Whoever has the folder next is another box.
    while store.holder()?.as_deref() == Some(holder) {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok("has left")
}

fn nobody(settings: &Settings) -> Failure {
    let folder = settings.state_dir.display();
    Failure::new(
        Code::Unavailable,
        anyhow!("no box works in the state folder `{folder}`"),
    )
    .with_help(
        "is `state-dir` in [rbit] that of the box? `rbit check FILE --effective` prints it, and where it comes from",
    )
}

const LOOK_AGAIN: Duration = Duration::from_millis(100);
