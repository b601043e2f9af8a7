//! Instances that have begun before there is a job for them.
//!
//! To start an interpreter takes longer than many jobs do. It is done ahead: an instance is made, called as far as it needs no job
//! (`prime` of the component that runs Python), and kept. The next job gets it, and nobody else does: when the job has ended it is
//! thrown away like any other.
//!
//! # What it may do meanwhile
//!
//! Nothing that reaches anybody: it can make no request, what it prints is heard by nobody, and what it takes for folders are none. It
//! is held to the limits of the job that it is for, to [`READY_MEMORY`], and to ten seconds; what it used counts for no job, but for its
//! memory, which the job then has. It must let go of all else that it had of the host: one that holds a handle is not used.
//!
//! # What the job finds
//!
//! The memory of an interpreter that has done nothing for anybody, and a state of the host that is made for the job alone: the state
//! of a fresh instance takes the place of the other whole. Only the count of its memories and tables goes on.
//!
//! # How many
//!
//! No more than [`SandboxSettings::ready`](crate::SandboxSettings::ready), of one component. One for a job with other limits, or with mounts of other names, takes the place
//! of one that nobody asked for. They are made one after another, on a thread that is there only then.

mod primed;
mod shelf;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use rbit_job::{Plan, error_chain};
use tracing::warn;

use self::{
    primed::{NotPrimed, Shape},
    shelf::Shelf,
};
use crate::{component::Runner, ticker::Ticker};

pub(crate) use primed::Primed;

/// The instances that wait.
pub(crate) struct Ready {
    shelf: Mutex<Shelf<Primed>>,
    /// What could not be made ready, and is not tried again.
    unfit: Mutex<Option<(Weak<Runner>, Shape)>>,
    /// Nobody will take any more.
    is_over: Arc<AtomicBool>,
    ticker: Arc<Ticker>,
}

impl Ready {
    /// So many at most.
    pub(crate) fn new(size: usize, ticker: Arc<Ticker>) -> Arc<Self> {
        Arc::new(Self {
            shelf: Mutex::new(Shelf::new(size)),
            unfit: Mutex::default(),
            is_over: Arc::default(),
            ticker,
        })
    }

    /// One for this job of this runner, if one waits. Another takes its place soon.
    pub(crate) fn take(self: &Arc<Self>, runner: &Arc<Runner>, plan: &Plan) -> Option<Primed> {
        let shape = Shape::of(plan);
        if self.is_unfit(runner, &shape) {
            return None;
        }
        let (taken, is_to_be_filled) = {
            let mut shelf = self.shelf();
            let taken = shelf.take(|primed| primed.fits(runner, &shape));
            (taken, shelf.begin_filling())
        };
        if is_to_be_filled {
            self.fill(runner.clone(), shape);
        }
        taken
    }

    /// Makes what is missing, on a thread of its own. Without a thread there is none, and jobs start as they would without any of this.
    fn fill(self: &Arc<Self>, runner: Arc<Runner>, shape: Shape) {
        let (ready, is_over, ticker) = (Arc::downgrade(self), self.is_over.clone(), self.ticker.clone());
        let spawned = thread::Builder::new().name(THREAD.into()).spawn(move || {
            // Epochs pass as long as it is kept.
            let _ticker = ticker;
            while keep_up(&ready, &runner, &shape, &is_over) {}
        });
        if let Err(error) = spawned {
            warn!(%error, "no thread to make an instance ready");
            self.shelf().give_up();
        }
    }

    /// Takes what was made, and says whether more is to be made.
    fn put(&self, made: Result<Primed, NotPrimed>, runner: &Arc<Runner>, shape: &Shape) -> bool {
        match made {
            Ok(primed) => self.shelf().put(primed),
            Err(error) => {
                warn!(
                    "no instance of Python is ready for the next job, which starts more slowly: {}",
                    error_chain(&error)
                );
                *self.unfit.lock().unwrap_or_else(PoisonError::into_inner) =
                    Some((Arc::downgrade(runner), shape.clone()));
                self.shelf().give_up();
                false
            }
        }
    }

    fn is_unfit(&self, runner: &Arc<Runner>, shape: &Shape) -> bool {
        let unfit = self.unfit.lock().unwrap_or_else(PoisonError::into_inner);
        unfit
            .as_ref()
            .is_some_and(|(other, of)| other.as_ptr() == Arc::as_ptr(runner) && of == shape)
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf<Primed>> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes of memory that one may have while it waits. Whoever divides the memory of the box among jobs takes them off before.
pub const READY_MEMORY: u64 = 64 << 20;

/// Makes one, and says whether to go on. Nobody is there any more when the sandbox is gone.
fn keep_up(ready: &Weak<Ready>, runner: &Arc<Runner>, shape: &Shape, is_over: &Arc<AtomicBool>) -> bool {
    let made = Primed::make(runner.clone(), shape.clone(), is_over);
    ready.upgrade().is_some_and(|ready| ready.put(made, runner, shape))
}

/// The thread that makes them, as the system knows it.
const THREAD: &str = "primer";

impl Drop for Ready {
    /// One that is being made ends at the next tick.
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}
