//! A few jobs of each kind in queues of each kind, and what must be true of them whatever happened on the way.
//!
//! A trial is set with its jobs in the queues; a test then lets boxes run and makes something fail; [`Trial::check`] holds the
//! promise against what is left: each job ended once, in the way it should, with whole files, and nobody has anything left to do.

mod findings;
mod jobs;
mod queues;

use std::{net::SocketAddr, process::Command};

use rbit_job::BoxName;
use rbit_testkit::{TestBroker, broker::unique_queue, fake_pybit::FakePybit};

pub(crate) use findings::Findings;
pub(crate) use queues::{Brokered, Queues};

use crate::rbit_box::RbitBox;

/// Jobs, the queues they are in, a front-end that waits for them, and a box.
pub(crate) struct Trial {
    pub(crate) pybit: FakePybit,
    pub(crate) rbit_box: RbitBox,
    pub(crate) queues: Brokered,
}

impl Trial {
    /// Sets one with all its jobs in the queues.
    pub(crate) async fn set(queues: Queues) -> Self {
        let broker = match queues {
            Queues::Local => TestBroker::from_url("amqp://127.0.0.1").unwrap(),
            Queues::Classic | Queues::Quorum => TestBroker::find().unwrap(),
        };
        Self::set_on(&broker, queues, None).await
    }

    /// The same on this broker, with a box that may reach it by another address.
    pub(crate) async fn set_on(broker: &TestBroker, queues: Queues, through: Option<SocketAddr>) -> Self {
        let mut pybit = FakePybit::start().await.unwrap();
        for job in jobs::ALL {
            pybit = pybit.with_job(job.number, ["Waiting"]);
        }
        let queues = Brokered::make(queues, broker).await;
        let rbit_box = RbitBox::new(&ini(&queues, through, &pybit));
        queues.publish(&rbit_box).await;
        Self {
            pybit,
            rbit_box,
            queues,
        }
    }

    /// The program, told to run what is there and leave.
    pub(crate) fn drain(&self) -> Command {
        self.rbit_box.command(&["run", "rbit.ini", "--drain"])
    }

    /// Holds the promise against what is left.
    pub(crate) async fn check(&self) -> Findings {
        Findings::of(self).await
    }

    /// Leaves nothing at the broker.
    pub(crate) async fn strike(self) {
        self.queues.remove().await;
    }
}

fn ini(queues: &Brokered, broker: Option<SocketAddr>, pybit: &FakePybit) -> String {
    let name = BoxName::new(unique_queue().as_str()).unwrap();
    let mappings: String = jobs::LANES
        .iter()
        .map(|lane| format!("    {}:{}\n", queues.name(lane), lane.runner))
        .collect();
    let sections: String = jobs::LANES
        .iter()
        .map(|lane| lane.sections(queues.name(lane), queues.kind()))
        .collect();
    format!(
        "[rbit]\nname = {name}\nslots = 2\nstate-dir = state\nscratch-dir = scratch\ndrain-timeout = 10s\n\
         queue-mappings =\n{mappings}\n{}\n[pybit]\nurl = {}\nuser = admin\npassword = pass\n\n{sections}",
        queues.section(broker),
        pybit.url()
    )
}
