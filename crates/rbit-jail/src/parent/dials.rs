//! The connections of one job's requests: made here, where there is a network, and handed to the child.
//!
//! A child is asked for nothing but a place to go to. The job's own grant decides, whatever the child has decided before; names are
//! looked up here, and the connection goes to an address that was checked.

use std::{sync::Arc, time::Duration};

use rbit_job::{
    Plan,
    http::{HttpGrant, HttpRefusal, Target},
};
use rbit_sandbox::{Connection, Dial, NotDialled};
use tokio::{sync::mpsc, task::JoinSet};

use crate::wire;

/// What a child wishes for one job, and what becomes of it. Dropping it ends what is under way.
pub(super) struct Dials {
    wishes: mpsc::UnboundedReceiver<wire::Dial>,
    grant: Arc<HttpGrant>,
    dial: Arc<dyn Dial>,
    at_once: usize,
    under_way: JoinSet<Answered>,
}

/// A wish that has been answered.
pub(super) struct Answered {
    pub(super) number: u64,
    /// Where it was to go.
    pub(super) target: String,
    pub(super) result: Result<Connection, NotDialled>,
}

impl Dials {
    /// Those of a job with this plan. Its runner may have no grant: then it has no wishes.
    pub(super) fn of(plan: &Plan, wishes: mpsc::UnboundedReceiver<wire::Dial>, dial: Arc<dyn Dial>) -> Self {
        Self {
            wishes,
            grant: Arc::new(plan.http.clone().unwrap_or_default()),
            dial,
            at_once: plan.limits.http_concurrency.max(1) as usize,
            under_way: JoinSet::new(),
        }
    }

    /// The next answer, once there is one.
    pub(super) async fn next(&mut self) -> Answered {
        loop {
            tokio::select! {
                Some(wish) = self.wishes.recv(), if self.under_way.len() < self.at_once => {
                    self.under_way.spawn(answer(wish, self.grant.clone(), self.dial.clone()));
                }
                Some(answered) = self.under_way.join_next() => {
                    if let Ok(answered) = answered {
                        return answered;
                    }
                }
                else => std::future::pending().await,
            }
        }
    }
}

async fn answer(wish: wire::Dial, grant: Arc<HttpGrant>, dial: Arc<dyn Dial>) -> Answered {
    let target = Target::parse(&wish.scheme, &wish.authority).map_err(HttpRefusal::from);
    let result = match &target {
        Ok(target) => dial.dial(target, &grant, wish.patience.min(MAX_PATIENCE)).await,
        Err(refusal) => Err(NotDialled::Refused(*refusal)),
    };
    Answered {
        number: wish.number,
        target: target.map_or_else(
            |_| "a place that cannot be told".to_owned(),
            |target| target.to_string(),
        ),
        result,
    }
}

/// How long a child may have us try one address.
const MAX_PATIENCE: Duration = Duration::from_secs(10);
