//! What is published.

use rbit_testkit::{Fixture, fake_pybit::FakePybit, guest};

/// The messages of a run, by their numbers from 1.
#[derive(Debug)]
pub(super) struct Jobs {
    count: u32,
}

/// What a message asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A job that is done at once.
    Quick,
    /// A job that delivers a file.
    File,
    /// A job that is blocked at first.
    Late,
    /// A job that fails.
    Failing,
    /// No request at all.
    Nonsense,
}

impl Jobs {
    pub(super) fn new(count: u32) -> Self {
        Self { count }
    }

    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> + use<> {
        1..=self.count
    }

    /// How many of them are requests.
    pub(super) fn requests(&self) -> u32 {
        let is_request = |number: &u32| kind(*number) != Kind::Nonsense;
        self.numbers().filter(is_request).count().try_into().unwrap_or(u32::MAX)
    }

    /// Tells the front-end that they wait.
    pub(super) fn waiting_at(&self, pybit: FakePybit) -> FakePybit {
        self.numbers()
            .filter(|number| kind(*number) != Kind::Nonsense)
            .fold(pybit, |pybit, number| pybit.with_job(&number.to_string(), ["Waiting"]))
    }

    /// How many jobs have a final status.
    pub(super) fn ended(&self, pybit: &FakePybit) -> u32 {
        let has_ended = |number: &u32| pybit.history(&number.to_string()).iter().any(|status| is_final(status));
        self.numbers().filter(has_ended).count().try_into().unwrap_or(u32::MAX)
    }

    /// About how many requests the front-end will see.
    pub(super) fn expected_requests(&self) -> usize {
        self.requests() as usize * 3
    }
}

impl Kind {
    pub(super) const ALL: [Self; 5] = [Self::Quick, Self::File, Self::Late, Self::Failing, Self::Nonsense];

    /// The name of its runner; nonsense is sent to the first.
    pub(super) fn runner(self) -> &'static str {
        match self {
            Self::Quick | Self::Nonsense => "quick",
            Self::File => "file",
            Self::Late => "late",
            Self::Failing => "failing",
        }
    }

    pub(super) fn guest(self) -> std::path::PathBuf {
        match self {
            Self::Quick | Self::Nonsense => Fixture::Names.path(),
            Self::File => guest("rust-hello"),
            Self::Late => Fixture::BlocksFirst.path(),
            Self::Failing => Fixture::Fails.path(),
        }
    }

    pub(super) fn settings(self) -> &'static str {
        match self {
            Self::Quick | Self::Nonsense => "returns =",
            Self::File => "name = World",
            Self::Late => "",
            Self::Failing => "text = on purpose",
        }
    }

    /// The outcome that is recorded, and the status that the front-end hears.
    pub(super) fn ends(self) -> (&'static str, &'static str) {
        match self {
            Self::Quick | Self::File | Self::Late => ("done", "Done"),
            Self::Failing => ("guest-failed", "Failed"),
            Self::Nonsense => ("undecodable", ""),
        }
    }
}

/// One message in a hundred is nonsense, five jobs fail, four are late, ten deliver a file.
pub(super) fn kind(number: u32) -> Kind {
    match number % 100 {
        0 => Kind::Nonsense,
        1..=5 => Kind::Failing,
        6..=9 => Kind::Late,
        10..=19 => Kind::File,
        _ => Kind::Quick,
    }
}

/// A message of a running PyBit, byte by byte. Its job has number 4 and its package is `m9003`, version 1.2.
const CAPTURED: &str = include_str!("../e2e/fixtures/01-buildrequest-plain.body");

/// The body of a message.
pub(super) fn message(number: u32) -> String {
    match kind(number) {
        Kind::Nonsense => format!(r#"{{"py/repr": "nonsense {number}"}}"#),
        _ => CAPTURED
            .replace(
                "\"id\": 4, \"buildclient\"",
                &format!("\"id\": {number}, \"buildclient\""),
            )
            .replace("m9003", &package(number)),
    }
}

pub(super) fn package(number: u32) -> String {
    format!("m{number}")
}

pub(super) fn is_final(status: &str) -> bool {
    ["Done", "Failed", "Cancelled"].contains(&status)
}
