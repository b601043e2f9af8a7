//! What is left when guests are gone. The test is alone in its process, so that it can count.

#![expect(clippy::unwrap_used, reason = "what the tests share panics as they do")]

#[path = "sandbox/bench.rs"]
#[expect(dead_code, reason = "the bench of the other tests; this one needs little of it")]
mod bench;
#[path = "sandbox/subject.rs"]
mod subject;
#[path = "residue/thousand.rs"]
mod thousand;
