//! `rbit run`: the daemon.

use std::sync::Arc;

use rbit_config::{LogFormat, Settings};
use rbit_worker::{Phase, Shutdown, Until};
use tracing::{info, warn};

use crate::{
    args::RunArgs,
    exit_code::Code,
    failure::Failure,
    guests::Guests,
    settings,
    signals::Signals,
    telemetry::{self, Format},
    wiring,
};

/// Takes jobs until it is told to stop, or, with `--drain`, until there are none.
pub(crate) fn run(args: &RunArgs) -> Result<Code, Failure> {
    let (checked, guests) = settings::check(&args.config, Guests::of_a_box)?;
    let Some(settings) = checked.settings else {
        return Err(settings::failure(&checked.problems));
    };
    start_log(&settings)?;
    for note in &checked.notes {
        warn!("{note}");
    }
    let until = if args.drain {
        Until::QueuesAreEmpty
    } else {
        Until::ToldToStop
    };
    wiring::control_runtime()?.block_on(work(&settings, guests, until))?;
    Ok(Code::Success)
}

async fn work(settings: &Settings, guests: Arc<Guests>, until: Until) -> Result<(), Failure> {
    let shutdown = Shutdown::new();
    let signals = tokio::spawn(Signals::listen()?.drive(shutdown.clone()));
    let mut watch = shutdown.watch();
    let wired = tokio::select! {
        wired = wiring::wire(settings, guests, &shutdown) => wired?,
        () = watch.reached(Phase::Drain) => return Ok(()),
    };
    info!(
        version = env!("CARGO_PKG_VERSION"),
        box_name = %settings.name,
        slots = settings.slots,
        queues = settings.queues.len(),
        state_dir = %settings.state_dir.display(),
        scratch_dir = %settings.scratch_dir.display(),
        "started"
    );
    let ran = wired.worker.run(wired.source, until).await;
    drop((wired.health, wired.tmpfs));
    signals.abort();
    ran.map_err(|error| Failure::new(Code::Unavailable, error))?;
    info!("stopped");
    Ok(())
}

fn start_log(settings: &Settings) -> anyhow::Result<()> {
    let format = match settings.log.format {
        LogFormat::Text => Format::Text,
        LogFormat::Json => Format::Json,
    };
    telemetry::start(format, settings.log.filter.as_str())
}
