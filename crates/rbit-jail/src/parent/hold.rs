//! Who still has use for a child, from before it is started.

use std::sync::Arc;

use tokio::sync::watch;

use super::{StartError, link::Link};

/// What became of a start.
pub(super) type Started = Result<Arc<Link>, Arc<StartError>>;

/// A child that somebody has use for, or may have. The child leaves once nobody holds it and its jobs are over.
///
/// A job that waits for a child holds it until the child has the job. So a runner whose jobs need different children at the same time
/// has each of them for as long as that takes, and no job loses its child to a later one's.
#[derive(Clone)]
pub(super) struct Hold(Arc<Held>);

struct Held(Arc<watch::Sender<State>>);

struct State {
    is_wanted: bool,
    /// None while it is being started.
    started: Option<Started>,
}

/// The duty to say what became of a start. Dropping it says that it was given up.
pub(super) struct Promise(Arc<watch::Sender<State>>);

impl Hold {
    /// A child that is about to be started, and what is to be said of it.
    pub(super) fn new() -> (Self, Promise) {
        let state = State {
            is_wanted: true,
            started: None,
        };
        let sender = Arc::new(watch::Sender::new(state));
        (Self(Arc::new(Held(sender.clone()))), Promise(sender))
    }

    /// Waits until it has been started, or could not be.
    pub(super) async fn started(&self) -> Started {
        let mut states = self.0.0.subscribe();
        let state = states.wait_for(|state| state.started.is_some()).await;
        let started = state.ok().and_then(|state| state.started.clone());
        started.unwrap_or_else(given_up)
    }

    /// Whether it takes jobs, or will.
    pub(super) fn is_usable(&self) -> bool {
        match &self.0.0.borrow().started {
            Some(Ok(link)) => link.is_open(),
            Some(Err(_)) => false,
            None => true,
        }
    }

    /// Ends the child with whatever it is doing.
    pub(super) fn abandon(&self) {
        if let Some(Ok(link)) = &self.0.0.borrow().started {
            link.abandon();
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.send_modify(|state| {
            state.is_wanted = false;
            if let Some(Ok(link)) = &state.started {
                link.retire();
            }
        });
    }
}

impl Promise {
    /// Says what became of the start. A child that nobody has use for any more leaves at once.
    pub(super) fn keep(&self, started: Started) {
        self.0.send_modify(|state| {
            if let Ok(link) = &started
                && !state.is_wanted
            {
                link.retire();
            }
            state.started = Some(started);
        });
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        self.0.send_if_modified(|state| {
            let is_broken = state.started.is_none();
            state.started.get_or_insert_with(given_up);
            is_broken
        });
    }
}

fn given_up() -> Started {
    Err(Arc::new(StartError::Ended("its start was given up".to_owned())))
}

#[cfg(test)]
mod tests {
    use std::{os::unix::net::UnixStream, sync::mpsc};

    use super::*;

    fn child() -> Arc<Link> {
        let (orders, _) = mpsc::channel();
        Arc::new(Link::new(UnixStream::pair().unwrap().0, orders))
    }

    #[tokio::test]
    async fn a_child_is_there_for_as_long_as_somebody_holds_it() {
        let (hold, promise) = Hold::new();
        let other = hold.clone();
        promise.keep(Ok(child()));
        let link = hold.started().await.unwrap();
        drop(hold);
        assert!(link.is_open());
        drop(other);
        assert!(!link.is_open());
    }

    #[test]
    fn a_child_that_nobody_waited_for_leaves_as_soon_as_it_is_there() {
        let (hold, promise) = Hold::new();
        drop(hold);
        let link = child();
        promise.keep(Ok(link.clone()));
        assert!(!link.is_open());
    }

    #[tokio::test]
    async fn who_waits_learns_why_there_is_no_child() {
        let (hold, promise) = Hold::new();
        assert!(hold.is_usable());
        promise.keep(Err(Arc::new(StartError::TooSlow)));
        assert!(hold.started().await.is_err());
        assert!(!hold.is_usable());
    }

    #[tokio::test]
    async fn who_waits_learns_that_nobody_starts_it_any_more() {
        let (hold, promise) = Hold::new();
        drop(promise);
        assert!(hold.started().await.is_err());
    }
}
