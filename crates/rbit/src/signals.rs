//! Signals, and what they make the box do.

use rbit_worker::{Phase, Shutdown};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{info, warn};

/// Hears signals for as long as the future is polled: SIGINT and SIGTERM drain, and halt when they come again; SIGQUIT halts.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    quit: Signal,
}

impl Signals {
    /// Takes the signals over. Until then they end the process.
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            quit: signal(SignalKind::quit())?,
        })
    }

    /// Moves `shutdown` on at each signal, for ever.
    pub(crate) async fn drive(mut self, shutdown: Shutdown) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => step(&shutdown, "SIGINT"),
                _ = self.terminate.recv() => step(&shutdown, "SIGTERM"),
                _ = self.quit.recv() => {
                    warn!(signal = "SIGQUIT", "stopping at once");
                    shutdown.advance(Phase::Halt);
                }
            }
        }
    }
}

fn step(shutdown: &Shutdown, name: &str) {
    match shutdown.advance_once() {
        Phase::Drain | Phase::Run => info!(signal = name, "taking no more jobs; a second signal stops running ones"),
        Phase::Halt => warn!(signal = name, "stopping running jobs"),
    }
}
