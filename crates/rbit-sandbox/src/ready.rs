//! Instances that have begun before there is a job for them.
//!
//! To start an interpreter takes longer than many jobs do. It is done ahead: an instance is made, called as far as it needs no job
//! (`prime` of the component that runs Python), and kept. The next job gets it, and nobody else does: when the job has ended it is
//! thrown away like any other.
//!
//! # What it may do meanwhile
//!
//! Nothing that reaches anybody: it can make no request, what it prints is heard by nobody, and what it takes for folders are none. It
//! is held to the limits of the job that it is for, to [`READY_MEMORY`], and to ten seconds at most; what it used counts for no job, but for its
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
//! of one that nobody asked for.
//!
//! # When
//!
//! They are made one after another, on a thread that is there only then, once no job has been there for a moment: a job that follows
//! another one at once would otherwise share its processor with what is made for a job after it, and be later than without.

mod primed;
mod quiet;
mod shelf;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    thread,
};

use rbit_job::{Limits, Mount, Plan, error_chain};
use tracing::warn;

use self::{
    primed::{NotPrimed, Shape},
    quiet::Quiet,
    shelf::Shelf,
};
use crate::{component::Runner, ticker::Ticker};

pub(crate) use primed::Primed;

/// The instances that wait.
pub(crate) struct Ready {
    shelf: Mutex<Shelf<Primed>>,
    /// What the last job would have taken.
    wanted: Mutex<Option<Wanted>>,
    /// What could not be made ready, and is not tried again.
    unfit: Mutex<Option<Wanted>>,
    quiet: Arc<Quiet>,
    ticker: Arc<Ticker>,
}

/// A kind of instance. It keeps no component.
#[derive(Clone)]
struct Wanted {
    runner: Weak<Runner>,
    shape: Shape,
}

/// A job that is there.
pub(crate) struct Presence(Arc<Ready>);

impl Ready {
    /// So many at most.
    pub(crate) fn new(size: usize, ticker: Arc<Ticker>) -> Arc<Self> {
        Arc::new(Self {
            shelf: Mutex::new(Shelf::new(size)),
            wanted: Mutex::default(),
            unfit: Mutex::default(),
            quiet: Arc::new(Quiet::new()),
            ticker,
        })
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.shelf().waiting()
    }

    /// A job comes, of whatever kind: nothing is made while it is there.
    pub(crate) fn enter(self: &Arc<Self>) -> Presence {
        self.quiet.enter();
        Presence(self.clone())
    }

    /// One for this job of this runner, if one waits. Another takes its place when it is quiet.
    pub(crate) fn take(&self, runner: &Arc<Runner>, plan: &Plan) -> Option<Primed> {
        let wanted = Wanted::of(runner, &plan.limits, &plan.mounts);
        let taken = self.shelf().take(|primed| primed.fits(runner, &wanted.shape));
        *lock(&self.wanted) = Some(wanted);
        taken
    }

    /// Makes one for a job that has not come yet.
    pub(crate) fn expect(self: &Arc<Self>, runner: &Arc<Runner>, limits: &Limits, mounts: &[Mount]) {
        *lock(&self.wanted) = Some(Wanted::of(runner, limits, mounts));
        self.fill();
    }

    /// Makes what is missing, on a thread of its own. Without a thread there is none, and jobs start as they would without any of this.
    fn fill(self: &Arc<Self>) {
        if self.wanted().is_none() || !self.shelf().begin_filling() {
            return;
        }
        let (ready, quiet, ticker) = (Arc::downgrade(self), self.quiet.clone(), self.ticker.clone());
        let spawned = thread::Builder::new().name(THREAD.into()).spawn(move || {
            // Epochs pass as long as it is kept.
            let _ticker = ticker;
            while quiet.wait() && keep_up(&ready, &quiet) {}
        });
        if let Err(error) = spawned {
            warn!(%error, "no thread to make an instance ready");
            self.shelf().give_up();
        }
    }

    /// What is to be made now. Where that is nothing, nobody fills the shelf any more.
    fn next(&self) -> Option<(Wanted, Arc<Runner>)> {
        let next = self
            .wanted()
            .and_then(|wanted| Some((wanted.clone(), wanted.runner.upgrade()?)));
        if next.is_none() {
            self.shelf().give_up();
        }
        next
    }

    /// Takes what was made, and says whether more is to be made.
    fn put(&self, made: Result<Primed, NotPrimed>, wanted: Wanted) -> bool {
        match made {
            Ok(primed) => self.shelf().put(primed),
            Err(error) => {
                warn!(
                    "no instance of Python is ready for the next job, which starts more slowly: {}",
                    error_chain(&error)
                );
                *lock(&self.unfit) = Some(wanted);
                self.shelf().give_up();
                false
            }
        }
    }

    /// What the last job would have taken, if it can be made.
    fn wanted(&self) -> Option<Wanted> {
        let wanted = lock(&self.wanted).clone()?;
        let is_unfit = lock(&self.unfit).as_ref().is_some_and(|unfit| unfit.is(&wanted));
        (!is_unfit).then_some(wanted)
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf<Primed>> {
        lock(&self.shelf)
    }
}

/// Bytes of memory that one may have while it waits. Whoever divides the memory of the box among jobs takes them off before.
pub const READY_MEMORY: u64 = 64 << 20;

/// Makes one, and says whether to go on. Nobody is there any more when the sandbox is gone.
fn keep_up(ready: &Weak<Ready>, quiet: &Arc<Quiet>) -> bool {
    let Some((wanted, runner)) = ready.upgrade().and_then(|ready| ready.next()) else {
        return false;
    };
    let made = Primed::make(runner, wanted.shape.clone(), quiet);
    ready.upgrade().is_some_and(|ready| ready.put(made, wanted))
}

impl Wanted {
    fn of(runner: &Arc<Runner>, limits: &Limits, mounts: &[Mount]) -> Self {
        Self {
            runner: Arc::downgrade(runner),
            shape: Shape::of(limits, mounts),
        }
    }

    fn is(&self, other: &Self) -> bool {
        Weak::ptr_eq(&self.runner, &other.runner) && self.shape == other.shape
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let Self(ready) = self;
        if !ready.quiet.leave() {
            ready.fill();
        }
    }
}

impl Drop for Ready {
    /// One that is being made ends at the next tick.
    fn drop(&mut self) {
        self.quiet.end();
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The thread that makes them, as the system knows it.
const THREAD: &str = "primer";
