//! One row of the table.

use rbit_job::{BuildRequest, Limits, Reason};

/// A job, and how it must end.
#[derive(Clone, Debug)]
pub struct Case {
    /// What the row is called.
    pub name: &'static str,
    /// Which guest of a language: `hello` or `contract`.
    pub guest: &'static str,
    /// Its settings.
    pub settings: Vec<(String, String)>,
    /// The request it gets.
    pub request: BuildRequest,
    /// What it may use.
    pub limits: Limits,
    /// How often it is run, each time in folders of its own.
    pub times: u32,
    /// What must be printed, as `stream: line`.
    pub printed: &'static [&'static str],
    /// How it must end.
    pub expected: Expected,
}

/// How a job must end.
#[derive(Clone, Debug)]
pub enum Expected {
    /// Done, with files of these names below `/output` and these contents, in this order.
    Done(Vec<(String, String)>),
    /// With a reason, and a text that has this in it.
    Ended(Reason, String),
}
