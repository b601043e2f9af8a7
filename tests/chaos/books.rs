//! What everybody wrote down: the boxes' journals, the front-end, the broker, and the hand.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
};

use rbit_testkit::fake_pybit::FakePybit;
use serde_json::Value;

use super::{
    fleet::Fleet,
    hand::Event,
    jobs::{self, Kind},
    post::Post,
};

/// All that is known after a run.
#[derive(Default)]
pub(super) struct Books {
    /// The entries of all journals, by package.
    pub(super) entries: HashMap<String, Vec<Entry>>,
    /// What the front-end heard of each job, by its number.
    pub(super) heard: HashMap<u32, Vec<Heard>>,
    /// The place of the first request about each job: a question, as a rule.
    pub(super) first_requests: HashMap<u32, usize>,
    /// Bodies of the messages that were put aside.
    pub(super) parked: Vec<String>,
    /// Messages that are left in the queues.
    pub(super) left: u32,
    /// Jobs whose file is missing or not whole.
    pub(super) broken_files: Vec<u32>,
    /// Half-copied files.
    pub(super) leftovers: usize,
    pub(super) events: Vec<Event>,
    pub(super) refusals: u32,
    pub(super) sent_again: BTreeSet<u32>,
}

/// An entry of a journal.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) is_finished: bool,
    pub(super) outcome: String,
}

/// A status that a box told the front-end.
#[derive(Debug)]
pub(super) struct Heard {
    /// Its place among all requests.
    pub(super) at: usize,
    pub(super) status: String,
    /// Who told it; boxes say so with `Building` alone.
    pub(super) client: Option<String>,
}

impl Books {
    pub(super) async fn open(
        fleet: &Fleet,
        post: &Post,
        pybit: &FakePybit,
        events: Vec<Event>,
    ) -> anyhow::Result<Self> {
        let mut entries: HashMap<String, Vec<Entry>> = HashMap::new();
        for build_box in &fleet.boxes {
            for value in build_box.journal()? {
                let package = text(&value, "package");
                entries.entry(package).or_default().push(Entry::of(&value));
            }
        }
        let broken_files = broken_files(fleet, &entries);
        Ok(Self {
            broken_files,
            leftovers: leftovers(fleet),
            entries,
            heard: heard(pybit),
            first_requests: first_requests(pybit),
            parked: post.take_parked().await?,
            left: post.left().await?,
            events,
            refusals: fleet.refusals,
            sent_again: post.sent_again(),
        })
    }
}

impl Entry {
    fn of(value: &Value) -> Self {
        Self {
            is_finished: text(value, "state") == "finished",
            outcome: text(value, "outcome"),
        }
    }

    /// Whether it says how the job ended, and not that this box had nothing to do with it.
    pub(super) fn is_end(&self) -> bool {
        self.is_finished && self.outcome != "skipped"
    }
}

fn heard(pybit: &FakePybit) -> HashMap<u32, Vec<Heard>> {
    let mut heard: HashMap<u32, Vec<Heard>> = HashMap::new();
    for (at, request) in pybit.requests().into_iter().enumerate() {
        let number = request
            .path
            .strip_prefix("/job/")
            .and_then(|number| number.parse().ok());
        let (Some(number), Some(status)) = (number, request.field("status")) else {
            continue;
        };
        let client = request.field("client");
        heard.entry(number).or_default().push(Heard { at, status, client });
    }
    heard
}

fn first_requests(pybit: &FakePybit) -> HashMap<u32, usize> {
    let mut first = HashMap::new();
    for (at, request) in pybit.requests().into_iter().enumerate() {
        let number = request.path.split('/').nth(2).and_then(|number| number.parse().ok());
        if let Some(number) = number {
            first.entry(number).or_insert(at);
        }
    }
    first
}

/// Each job that delivers a file must have it, whole.
fn broken_files(fleet: &Fleet, entries: &HashMap<String, Vec<Entry>>) -> Vec<u32> {
    let folder = fleet.output.join(Kind::File.runner());
    let is_broken = |number: &u32| {
        let package = jobs::package(*number);
        let content = fs::read_to_string(folder.join(format!("{package}-1.2.txt")));
        content.ok() != Some(format!("Hello World! This is {package} 1.2.\n"))
    };
    let numbers = entries
        .keys()
        .filter_map(|package| package.strip_prefix('m')?.parse().ok());
    numbers
        .filter(|number| jobs::kind(*number) == Kind::File)
        .filter(is_broken)
        .collect()
}

fn leftovers(fleet: &Fleet) -> usize {
    let folder = fleet.output.join(Kind::File.runner());
    let is_leftover = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with(".rbit-part-");
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|entry| is_leftover(&entry.file_name())).count()
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}
