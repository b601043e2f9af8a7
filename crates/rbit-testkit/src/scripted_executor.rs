//! An executor that does what a test says instead of running a guest.

use std::{
    fs,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use rbit_job::{
    Ending, Plan, Usage,
    port::{Execution, Executor, Folders, GuestLog, StopSignal},
};
use tokio::sync::watch;

/// What a scripted execution does.
#[derive(Clone, Debug)]
pub enum Act {
    /// Writes these files, name and content, into the output folder and returns their guest paths.
    Write(Vec<(&'static str, &'static str)>),
    /// Returns these guest paths without writing anything.
    Return(Vec<&'static str>),
    /// Ends so.
    End(Ending),
    /// Runs until it is stopped.
    RunUntilStopped,
    /// Writes this file and returns it, at the very moment at which it is stopped.
    WriteWhenStopped(&'static str),
    /// Panics, as only a bug of ours could.
    Panic,
}

/// Performs one act for every plan, and remembers the plans.
pub struct ScriptedExecutor {
    act: Act,
    plans: Mutex<Vec<Plan>>,
    running: watch::Sender<usize>,
    most_at_once: Mutex<usize>,
}

impl ScriptedExecutor {
    /// An executor that always does the same.
    pub fn new(act: Act) -> Self {
        Self {
            act,
            plans: Mutex::default(),
            running: watch::Sender::new(0),
            most_at_once: Mutex::new(0),
        }
    }

    /// The plans it was given.
    pub fn plans(&self) -> Vec<Plan> {
        self.plans.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until so many executions run at the same time.
    pub async fn running(&self, count: usize) {
        // The sender is ours, so the channel cannot close.
        let _ = self.running.subscribe().wait_for(|running| *running >= count).await;
    }

    /// The most executions that ran at the same time.
    pub fn most_at_once(&self) -> usize {
        *self.most_at_once.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, plan: &Plan) {
        self.plans
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(plan.clone());
        self.running.send_modify(|running| *running += 1);
        let mut most = self.most_at_once.lock().unwrap_or_else(PoisonError::into_inner);
        *most = (*most).max(*self.running.borrow());
    }

    async fn perform(&self, folders: &Folders, stop: StopSignal) -> Result<Vec<String>, Ending> {
        match &self.act {
            Act::Write(files) => Ok(files.iter().map(|(name, text)| write(folders, name, text)).collect()),
            Act::Return(names) => Ok(names.iter().map(|name| (*name).to_owned()).collect()),
            Act::End(ending) => Err(ending.clone()),
            Act::RunUntilStopped => Err(stop.await.into()),
            Act::WriteWhenStopped(name) => {
                stop.await;
                Ok(vec![write(folders, name, "too late")])
            }
            Act::Panic => panic!("as the test asked for"),
        }
    }
}

/// Writes a file, and gives the path that the guest would return.
fn write(folders: &Folders, name: &str, text: &str) -> String {
    fs::write(folders.output.join(name), text).expect("the output folder can be written to");
    format!("/output/{name}")
}

#[async_trait]
impl Executor for ScriptedExecutor {
    async fn execute(&self, plan: &Plan, folders: &Folders, _: Arc<dyn GuestLog>, stop: StopSignal) -> Execution {
        self.enter(plan);
        let result = self.perform(folders, stop).await;
        self.running.send_modify(|running| *running -= 1);
        Execution {
            result,
            usage: Usage::default(),
        }
    }
}
