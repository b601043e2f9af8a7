//! Ctrl+C.

use rbit_job::port::{StopCause, StopSignal};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// Whether somebody wants the end: SIGINT and SIGTERM say so.
#[derive(Clone)]
pub(crate) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Hears signals from now on. Called inside a runtime.
    pub(crate) fn listen() -> std::io::Result<Self> {
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let (heard, hearing) = watch::channel(false);
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            heard.send_replace(true);
            // Whoever waits must not take the end of this for the end of everything.
            std::future::pending::<()>().await;
        });
        Ok(Self(hearing))
    }

    /// Whether it was heard.
    pub(crate) fn is_heard(&self) -> bool {
        *self.0.borrow()
    }

    /// Stops a job once it is heard.
    pub(crate) fn signal(&self) -> StopSignal {
        let mut hearing = self.0.clone();
        Box::pin(async move {
            if hearing.wait_for(|is_heard| *is_heard).await.is_err() {
                std::future::pending::<()>().await;
            }
            StopCause::Cancel
        })
    }
}
