//! The clock that interrupts guests.

use std::{
    io,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use wasmtime::Engine;

/// Advances the engine's epoch every [`TICK`] while it lives.
///
/// It is a thread of the operating system: a task of a runtime would not be run by workers that guests keep busy.
#[derive(Debug)]
pub(crate) struct Ticker {
    /// Dropping it ends the thread at once.
    _alive: mpsc::Sender<()>,
}

impl Ticker {
    pub(crate) fn start(engine: Engine) -> io::Result<Self> {
        let (alive, ended) = mpsc::channel();
        let tick = move || {
            while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                engine.increment_epoch();
            }
        };
        thread::Builder::new().name("epoch".into()).spawn(tick)?;
        Ok(Self { _alive: alive })
    }
}

/// How long a spinning guest can go without its stop being looked at. A tenth of what a stop may take.
const TICK: Duration = Duration::from_millis(10);
