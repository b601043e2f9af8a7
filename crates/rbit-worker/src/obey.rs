//! Orders to the box: calling jobs off, sending reports, and leaving.

use std::sync::Arc;

use rbit_job::{
    BoxCommand, Cancellation,
    port::{CancelNoted, CommandSource},
};
use tracing::{error, info};

use crate::{
    parts::Parts,
    shutdown::{Phase, Shutdown},
};

/// Carries out the orders of one source, for as long as it has any.
pub(crate) async fn obey(parts: Arc<Parts>, mut commands: Box<dyn CommandSource>, shutdown: Shutdown) {
    while let Some(command) = commands.next().await {
        match command {
            BoxCommand::Cancel(cancellation) => cancel(&parts, &cancellation).await,
            BoxCommand::Report => parts.outbox.wake(),
            BoxCommand::Drain => {
                info!("told to drain");
                shutdown.advance(Phase::Drain);
            }
        }
    }
}

/// Notes a cancellation, then stops the job if it runs: in this order, so that a job that is being claimed meets one of the two.
async fn cancel(parts: &Parts, cancellation: &Cancellation) {
    let job = &cancellation.job;
    match parts.journal.note_cancel(cancellation, parts.clock.now()).await {
        Ok(CancelNoted::TooLate) => info!(job.id = %job, "not cancelled: the job has ended"),
        Ok(CancelNoted::Noted) => match parts.running.cancel(cancellation) {
            0 => info!(job.id = %job, "cancellation noted for when the job comes"),
            _ => info!(job.id = %job, "cancelling the job"),
        },
        Err(error) => {
            error!(job.id = %job, error = &error as &dyn std::error::Error, "cancellation not noted");
            parts.running.cancel(cancellation);
        }
    }
}
