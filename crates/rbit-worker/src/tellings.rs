//! Front-ends that are being told something at this moment.

use std::{collections::HashMap, future::Future};

use tokio::task::{Id, JoinError, JoinSet};
use tracing::error;

/// One task for each front-end, so that none waits for another. They end with this value.
#[derive(Debug, Default)]
pub(crate) struct Tellings {
    tasks: JoinSet<()>,
    front_ends: HashMap<Id, String>,
}

impl Tellings {
    /// Begins to tell a front-end. To be called for one that is not being told anything.
    pub(crate) fn begin(&mut self, front_end: String, telling: impl Future<Output = ()> + Send + 'static) {
        let task = self.tasks.spawn(telling);
        self.front_ends.insert(task.id(), front_end);
    }

    /// Whether this one is being told something.
    pub(crate) fn include(&self, front_end: &str) -> bool {
        self.front_ends.values().any(|told| told == front_end)
    }

    /// Whether nobody is.
    pub(crate) fn are_none(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Waits until one has been told; for ever when there is none. Cancel safe.
    pub(crate) async fn one_ended(&mut self) {
        let id = match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(error)) => noted(&error),
            None => std::future::pending().await,
        };
        self.front_ends.remove(&id);
    }
}

fn noted(error: &JoinError) -> Id {
    error!(%error, "a task that sends reports did not end in order: this is a bug of rbit");
    error.id()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_front_end_is_free_again_when_it_was_told_even_if_that_ended_in_a_panic() {
        let mut tellings = Tellings::default();
        tellings.begin("a".to_owned(), async {});
        tellings.begin("b".to_owned(), async { panic!("as the test wants") });
        assert!(tellings.include("a") && tellings.include("b") && !tellings.include("c"));
        tellings.one_ended().await;
        tellings.one_ended().await;
        assert!(tellings.are_none() && !tellings.include("a") && !tellings.include("b"));
    }
}
