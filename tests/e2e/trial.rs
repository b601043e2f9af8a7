//! A few jobs of each kind in queues of each kind, and what must be true of them whatever happened on the way.
//!
//! A trial is set with its jobs in the queues; a test then lets boxes run and makes something fail; [`Trial::check`] holds the
//! promise against what is left: each job ended once, in the way it should, with whole files, and nobody has anything left to do.

mod findings;
mod jobs;
mod queues;

use std::{fs, net::SocketAddr, process::Command};

use rbit_job::BoxName;
use rbit_testkit::{
    TestBroker,
    broker::unique_queue,
    fake_pybit::{FakePybit, Request},
};

pub(crate) use findings::Findings;
pub(crate) use queues::{Brokered, Queues};

use crate::{rbit_box::RbitBox, rbit_program::Running};
use jobs::{Job, Lane};

/// Jobs, the queues they are in, a front-end that waits for them, and a box.
pub(crate) struct Trial {
    pub(crate) pybit: FakePybit,
    pub(crate) rbit_box: RbitBox,
    pub(crate) queues: Brokered,
    jobs: Vec<&'static Job>,
}

/// What is to be decided before a trial is set.
pub(crate) struct Plan {
    kind: Queues,
    broker: Option<TestBroker>,
    through: Option<SocketAddr>,
    gated: usize,
}

impl Plan {
    pub(crate) fn new(kind: Queues) -> Self {
        Self {
            kind,
            broker: None,
            through: None,
            gated: 0,
        }
    }

    /// Puts the queues on this broker.
    pub(crate) fn on(self, broker: &TestBroker) -> Self {
        let broker = Some(broker.clone());
        Self { broker, ..self }
    }

    /// Lets the box reach the broker by another address.
    pub(crate) fn through(self, address: SocketAddr) -> Self {
        let through = Some(address);
        Self { through, ..self }
    }

    /// Adds jobs, at most three, that run until [`Trial::open_gate`]; each has a slot of its own.
    pub(crate) fn gated(self, gated: usize) -> Self {
        Self { gated, ..self }
    }

    /// Sets the trial, with all its jobs in the queues.
    pub(crate) async fn set(self) -> Trial {
        let jobs = jobs::with_gated(self.gated);
        let mut pybit = FakePybit::start().await.unwrap();
        for job in &jobs {
            pybit = pybit.with_job(job.number, ["Waiting"]);
        }
        let lanes = jobs::lanes(&jobs);
        let broker = (self.kind != Queues::Local).then(|| self.broker.unwrap_or_else(|| TestBroker::find().unwrap()));
        let queues = Brokered::make(self.kind, lanes, broker).await;
        let rbit_box = RbitBox::new(&ini(&queues, lanes, self.through, &pybit, ORDINARY_SLOTS + self.gated));
        fs::create_dir(rbit_box.path(jobs::GATE)).unwrap();
        queues.publish(&rbit_box, &jobs).await;
        Trial {
            pybit,
            rbit_box,
            queues,
            jobs,
        }
    }
}

impl Trial {
    /// Sets one with all its jobs in the queues.
    pub(crate) async fn set(kind: Queues) -> Self {
        Plan::new(kind).set().await
    }

    /// The program, told to run what is there and leave.
    pub(crate) fn drain(&self) -> Command {
        self.rbit_box.command(&["run", "rbit.ini", "--drain"])
    }

    /// Waits until all gated jobs have been announced as being built, and so are about to wait in their guests.
    pub(crate) async fn until_gated_jobs_run(&self) {
        let is_announced = |requests: &[Request], job: &Job| {
            let path = format!("/job/{}", job.number);
            let mut announced = requests
                .iter()
                .filter(|request| request.field("status").as_deref() == Some("Building"));
            announced.any(|request| request.path == path)
        };
        let all_run = |requests: &[Request]| self.gated().iter().all(|job| is_announced(requests, job));
        self.pybit.wait_for(all_run).await.unwrap();
    }

    /// Lets all gated jobs come to their end.
    pub(crate) fn open_gate(&self) {
        fs::write(self.rbit_box.path(jobs::GATE).join("open"), "").unwrap();
    }

    /// Waits until all jobs have ended and are reported, the message that is no request is put aside and no copy waits any more; then
    /// lets the box leave, and holds the promise against what is left.
    pub(crate) async fn finish(&self, running: Running) -> Findings {
        for job in &self.jobs {
            self.rbit_box.until_reported(job.number).await;
        }
        running.wait_for("message put aside");
        self.queues.are_empty().await;
        let output = running.stop();
        eprintln!("{}", crate::rbit_program::stderr(&output));
        assert!(output.status.success(), "{}", output.status);
        self.check().await
    }

    /// Publishes the message that is no request once more.
    pub(crate) async fn publish_nonsense(&self) {
        self.queues.publish_nonsense(&self.rbit_box).await;
    }

    /// Holds the promise against what is left.
    pub(crate) async fn check(&self) -> Findings {
        Findings::of(self).await
    }

    /// Leaves nothing at the broker.
    pub(crate) async fn strike(self) {
        self.queues.remove().await;
    }

    fn gated(&self) -> &[&'static Job] {
        self.jobs.get(jobs::ALL.len()..).unwrap_or_default()
    }
}

fn ini(queues: &Brokered, lanes: &[Lane], broker: Option<SocketAddr>, pybit: &FakePybit, slots: usize) -> String {
    let name = BoxName::new(unique_queue().as_str()).unwrap();
    let mappings: String = lanes
        .iter()
        .map(|lane| format!("    {}:{}\n", queues.name(lane), lane.runner))
        .collect();
    let sections: String = lanes
        .iter()
        .map(|lane| lane.sections(queues.name(lane), queues.kind()))
        .collect();
    format!(
        "[rbit]\nname = {name}\nslots = {slots}\nstate-dir = state\nscratch-dir = scratch\ndrain-timeout = 10s\n\
         queue-mappings =\n{mappings}\n{}\n[pybit]\nurl = {}\nuser = admin\npassword = pass\n\n{sections}",
        queues.section(broker),
        pybit.url()
    )
}

/// For the jobs that are not gated.
const ORDINARY_SLOTS: usize = 2;
