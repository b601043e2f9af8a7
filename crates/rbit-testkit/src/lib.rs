//! Fakes, fixtures and contract suites for rbit's own tests.
//!
//! Each fake stands for one port of `rbit-job`, is made in one line, and remembers what it saw. Contract suites hold what every
//! adapter of a port must do; an adapter's own tests run them.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "what tests are made of ends the test when it cannot go on"
)]

pub mod broker;
pub mod fake_pybit;
pub mod fake_repository;
pub mod fixed_clock;
pub mod guests;
pub mod memory_commands;
pub mod memory_journal;
pub mod memory_source;
pub mod private_broker;
pub mod proxy;
pub mod recording_reporter;
pub mod recording_sink;
pub mod scripted_executor;
pub mod small_disk;
pub mod source_contract;

pub use broker::TestBroker;
pub use fake_repository::FakeRepository;
pub use fixed_clock::FixedClock;
pub use guests::{Fixture, guest};
pub use memory_commands::MemoryCommands;
pub use memory_journal::MemoryJournal;
pub use memory_source::{MemorySource, Producer, Published, Settled};
pub use private_broker::PrivateBroker;
pub use proxy::Proxy;
pub use recording_reporter::RecordingReporter;
pub use recording_sink::RecordingSink;
pub use scripted_executor::{Act, ScriptedExecutor};
pub use small_disk::SmallDisk;
