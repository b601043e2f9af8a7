//! Hostile guests: what each is to end with, and a box that runs it and looks what became of it.
//!
//! The table is matched without a wildcard, so a fixture that is not in it does not compile. It is run by a test, all of it in one box,
//! and by `cargo xtask hostile`, each guest in a box of its own, whose memory and time are then that guest's.

mod cases;
mod files;
mod memory;
mod network;
mod row;
mod stand;

pub use cases::cases;
pub use row::{Row, heading};
pub use stand::Stand;

use rbit_testkit::guests::Fixture;

/// One way to run a guest, and how it must end.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The guest.
    pub fixture: Fixture,
    /// What tells this way from others with the same guest; often nothing.
    pub variant: &'static str,
    /// Lines of the runner's section.
    pub settings: &'static str,
    /// Lines of `[sandbox:NAME]`.
    pub sandbox: &'static str,
    /// The reason code that the job must end with.
    pub reason: &'static str,
    /// What its text must begin with, or contain.
    pub says: &'static str,
}

impl Case {
    /// The name of its runner.
    pub fn name(&self) -> String {
        match self.variant {
            "" => self.fixture.name().to_owned(),
            variant => format!("{}-{variant}", self.fixture.name()),
        }
    }

    /// The limit on time that ends it, in milliseconds, if that is what must end it.
    pub fn timeout_ms(&self) -> Option<u64> {
        let value = self.sandbox.lines().find_map(|line| line.strip_prefix("timeout = "))?;
        value.strip_suffix("ms")?.parse().ok()
    }

    /// Whether the program must not even start with it.
    pub fn is_refused_at_start(&self) -> bool {
        self.reason == "invalid-component"
    }

    fn settings(self, settings: &'static str) -> Self {
        Self { settings, ..self }
    }

    fn within(self, sandbox: &'static str) -> Self {
        Self { sandbox, ..self }
    }

    fn says(self, says: &'static str) -> Self {
        Self { says, ..self }
    }
}

/// Every case, in the order of the fixtures.
pub fn all() -> Vec<Case> {
    Fixture::ALL.iter().copied().flat_map(cases).collect()
}
